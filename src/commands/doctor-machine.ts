/** What `doctor` finds without asking anybody: Node, the environment, files, directories and programs. */
import type { Check } from '../formats/own/documents/machine.ts';
import { createFetcher } from '../io/http/fetcher.ts';
import { createFileStore } from '../io/file-store.ts';
import { findProgram, inspectDirectory, inspectLock, isReadable, node, system } from '../io/machine.ts';
import { AssayError } from '../model/errors.ts';
import { hideCredentials } from '../model/url-text.ts';
import { readTrust } from '../pipeline/trust/anchors.ts';
import { loadCatalogue } from '../pipeline/manifests/catalogue.ts';
import type { Trust } from '../verify/anchors/trust.ts';
import { summarizeTrust } from '../pipeline/trust/summary.ts';
import { bundledTrust } from './shared/bundled-trust.ts';
import type { Host } from './shared/host.ts';
import { proxiesOf } from './shared/network.ts';

type Env = Host['env'];

export function checkNode(env: Env): Check {
  const found = `${node}, ${system}`;
  // Whoever sets it has turned off what makes the word of an origin count.
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return { name: 'node', verdict: 'ok', found };
  return {
    ...{ name: 'node', verdict: 'wrong', found: `${found}, with NODE_TLS_REJECT_UNAUTHORIZED=0` },
    meaning: 'Any server passes for any other. Unset it, and name your authority in NODE_EXTRA_CA_CERTS.',
  };
}

export async function checkProxies(env: Env): Promise<Check> {
  const proxies = proxiesOf(env);
  const set = Object.entries(proxies).filter(([, value]) => (value ?? '') !== '');
  const found =
    set.length === 0
      ? 'none'
      : set.map(([name, value]) => `${name} ${hideCredentials(String(value))}`).join(', ');
  try {
    await createFetcher({ proxies }).close();
    return { name: 'proxy', verdict: 'ok', found };
  } catch (error) {
    return { name: 'proxy', verdict: 'wrong', found, meaning: messageOf(error) };
  }
}

export async function checkCertificates(env: Env): Promise<Check> {
  const name = 'certificates';
  const { NODE_EXTRA_CA_CERTS: extra = '', SSL_CERT_FILE: ssl = '' } = env;
  if (extra !== '') {
    if (await isReadable(extra)) return { name, verdict: 'ok', found: `Node's own, and ${extra}` };
    return {
      ...{ name, verdict: 'wrong', found: `NODE_EXTRA_CA_CERTS names ${extra}, which cannot be read` },
      meaning: "Node goes on with its own authorities alone: a proxy's is not among them.",
    };
  }
  if (ssl === '') return { name, verdict: 'ok', found: "Node's own" };
  return {
    ...{ name, verdict: 'note', found: `Node's own: SSL_CERT_FILE (${ssl}) is for OpenSSL's programs` },
    meaning: 'Node does not read it. Name the file in NODE_EXTRA_CA_CERTS for a proxy that re-encrypts.',
  };
}

export interface Anchors {
  readonly check: Check;
  /** Undefined where they cannot be read. */
  readonly trust: Trust | undefined;
}

/** `trustDir`: undefined for trust/ where it is there, and else for the program's own. */
export async function checkAnchors(trustDir: string | undefined, now: Date): Promise<Anchors> {
  const name = 'anchors';
  const files = createFileStore();
  try {
    const isOwn = trustDir === undefined && (await files.read('trust/pins.yaml')) === undefined;
    const trust = isOwn ? await bundledTrust() : await readTrust(trustDir ?? 'trust', files);
    const { anchors } = await summarizeTrust(trust, isOwn, now);
    const where = isOwn ? 'those of this release (there is no trust/ here)' : trust.pinsFile.path;
    const refused = anchors.filter(({ status }) => status === 'refused').map((one) => one.name);
    const found = `${String(anchors.length)}, ${where}`;
    if (refused.length === 0) return { check: { name, verdict: 'ok', found }, trust };
    const meaning = `Refused: ${refused.join(', ')}. update-trust --offline says why.`;
    return { check: { name, verdict: 'wrong', found, meaning }, trust };
  } catch (error) {
    const check: Check = { name, verdict: 'wrong', found: messageOf(error), ...hintOf(error) };
    return { check, trust: undefined };
  }
}

/** `file`: undefined for the usual one, which need not be there. */
export async function checkCatalogue(file: string | undefined, trust: Trust | undefined): Promise<Check> {
  const name = 'catalogue';
  const path = file ?? 'manifests/catalogue.yaml';
  try {
    const bytes = await createFileStore().read(path);
    if (bytes === undefined) {
      const verdict = file === undefined ? 'note' : 'wrong';
      return { name, verdict, found: `there is no ${path}`, meaning: 'assay init begins one.' };
    }
    const { dependencies } = loadCatalogue(bytes, path, trust);
    return { name, verdict: 'ok', found: `${path}, ${String(dependencies.length)} entries` };
  } catch (error) {
    const [first = '', second = ''] = messageOf(error).split('\n');
    return { name, verdict: 'wrong', found: first, meaning: second.trim() || 'Mend it.' };
  }
}

export async function checkCache(directory: string): Promise<Check> {
  const name = 'cache';
  const found = await inspectDirectory(directory);
  const meaning = 'Nothing is kept between runs: each fetches everything again.';
  if (found === undefined) return { name, verdict: 'note', found: `${directory} cannot be made`, meaning };
  const { isThere, isWritable, fileSystem = 'unknown', freeBytes, files, sizeBytes, isCut } = found;
  const kept = isThere
    ? `${isCut ? 'more than ' : ''}${inMiB(sizeBytes)} in ${String(files)} files`
    : 'not there yet';
  const facts = { directory, isThere, isWritable, fileSystem, freeBytes, files, sizeBytes };
  const said = `${directory}, ${kept}, ${fileSystem}, ${inMiB(freeBytes)} free`;
  if (isWritable) return { name, verdict: 'ok', found: said, facts };
  return { name, verdict: 'note', found: `${said}; it cannot be written`, meaning, facts };
}

export async function checkLock(directory: string, searchPath: string): Promise<Check> {
  const name = 'lock';
  // macOS locks without a program (directory-lock.ts).
  if (system.startsWith('linux') && (await findProgram('flock', searchPath)) === undefined) {
    return {
      ...{ name, verdict: 'wrong', found: 'there is no flock' },
      meaning: 'stage and mirror lock a directory by it: install util-linux, or BusyBox.',
    };
  }
  const lock = await inspectLock(directory);
  if (lock?.isHeld !== true) return { name, verdict: 'ok', found: `${directory} is locked by nobody` };
  const holders = lock.holders.map(({ pid, name: program }) => `${program} (process ${String(pid)})`);
  const who = holders.length === 0 ? "another user's process" : holders.join(', ');
  return {
    ...{ name, verdict: 'note', found: `${directory} is locked by ${who}` },
    meaning: 'stage and mirror wait for it, as long as --lock-timeout says.',
    ...(lock.holders[0] === undefined ? {} : { facts: { pid: lock.holders[0].pid } }),
  };
}

/** By the program's name, or names that do the same: what it is for. */
const tools: readonly (readonly [names: readonly string[], use: string])[] = [
  [['git'], 'diff, report --since and the build read revisions by it'],
  [['qemu-img', '7zz', '7z'], 'update-manifests --boot unpacks OS images by it'],
  [['debugfs', '7zz', '7z'], 'update-manifests --boot reads their file systems by it'],
  [['cosign'], 'signs what attest states, and checks by hand what explain shows'],
];

export async function checkTools(searchPath: string): Promise<readonly Check[]> {
  return Promise.all(
    tools.map(async ([names, use]): Promise<Check> => {
      const name = `tool ${names[0] ?? ''}`;
      for (const one of names) {
        const found = await findProgram(one, searchPath);
        if (found !== undefined) return { name, verdict: 'ok', found };
      }
      return {
        name,
        verdict: 'note',
        found: `there is no ${names.join(', ')}`,
        meaning: `Optional: ${use}.`,
      };
    }),
  );
}

function inMiB(bytes: number): string {
  return bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

function messageOf(error: unknown): string {
  if (error instanceof AssayError) return error.message;
  throw error;
}

function hintOf(error: unknown): { readonly meaning?: string } {
  return error instanceof AssayError && error.hint !== undefined ? { meaning: error.hint } : {};
}
