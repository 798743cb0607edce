/**
 * `explain` of an entry of each verification method: as text and JSON (golden files in test/fixtures/explain), by hand
 * with the programs that it names, and of proofs that do not hold. One good run of the catalogue's methods serves all.
 */
import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { flipBit } from '../../scripts/upstream/bits.ts';
import { publicationMirrorArgs } from '../../scripts/upstream/publication.ts';
import { unsignedHosts } from '../../scripts/upstream/sigstore/catalogue-upstream.ts';
import { toPem } from '../../scripts/upstream/sigstore/certificate.ts';
import { blobBundle } from '../../scripts/upstream/sigstore/renderings.ts';
import { signBlob } from '../../scripts/upstream/sigstore/signing.ts';
import { readContent } from '../../scripts/upstream/virtual-file.ts';
import type { ProofChain } from '../../src/formats/own/proof-chain.ts';
import { runInProcess } from '../support/command-in-process.ts';
import { now, openProductionUpstream, type ProductionUpstream } from '../support/production-upstream.ts';
import { root, runAssay, runProgram } from '../support/run-assay.ts';
import { readDocument } from '../support/json-documents.ts';

const names: Readonly<Record<string, string>> = {
  apt: 'libpq5',
  'cosign-image': 'pause',
  'cosign-signature': 'kube-scheduler',
  'signed-sbom': 'kubectl',
  'in-toto': 'containerd',
  'sigstore-bundle': 'tool',
  'sigstore-checksums': 'netsy',
  'openpgp-checksums': 'runc',
  checksum: 'crictl',
};
const fileName = 'knc.debian-13.amd64.json';
const signer = { identity: 'release@example.org', issuer: 'https://accounts.example.org' };

let directory: string;
let upstream: ProductionUpstream;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-explain-'));
  upstream = await openProductionUpstream(directory);
  publishTool();
  await writeFile(join(directory, 'catalogue.yaml'), stringify(await smallCatalogue()));
  const done = await runAssay([
    ...['update-manifests', '--catalogue', join(directory, 'catalogue.yaml'), '--now', now],
    ...['--manifests-dir', join(directory, 'manifests'), '--trust-dir', join(directory, 'trust')],
    ...['--cache-dir', join(directory, 'cache'), '--kind', 'knc'],
    ...publicationMirrorArgs(upstream.publication, upstream.server.url, unsignedHosts),
  ]);
  if (done.exitCode !== 0) throw new Error(done.stderr);
});
afterAll(async () => {
  await upstream.server.close();
  await rm(directory, { recursive: true, force: true });
});

/** Of the one method that no entry of the catalogue has. */
function publishTool(): void {
  const tool = Buffer.from('a tool');
  const sha256 = createHash('sha256').update(tool).digest();
  const at = new Date('2026-11-18T09:00:00Z');
  const files = upstream.publication.files as Map<string, Buffer>;
  const place = 'dl.example.org/1.0.0/tool';
  files.set(place, tool);
  files.set(`${place}.sha256`, Buffer.from(sha256.toString('hex')));
  const signed = signBlob(upstream.sigstore, sha256, { ...signer, at });
  files.set(`${place}.sigstore.json`, Buffer.from(blobBundle(signed)));
}

interface Catalogue {
  readonly platforms: unknown[];
  readonly sources: Record<string, unknown>;
  readonly dependencies: Record<string, { verification: Record<string, unknown> }>;
}

/** The project's own, but for what is not needed here. */
async function smallCatalogue(): Promise<Catalogue> {
  const all = parse(await readFile(join(root, 'manifests/catalogue.yaml'), 'utf8')) as Catalogue;
  const wanted = Object.values(names);
  const dependencies = structuredClone(
    Object.fromEntries(Object.entries(all.dependencies).filter(([name]) => wanted.includes(name))),
  );
  const byDigest = { ...dependencies['kube-scheduler']!.verification };
  delete byDigest['document'];
  dependencies['kube-scheduler']!.verification = { ...byDigest, method: 'cosign-signature' };
  const tools = {
    type: 'release-server',
    uri: 'https://dl.example.org',
    path: '{version}',
    tag: '{version}',
  };
  const files = { checksum: '{asset}.sha256', bundle: '{asset}.sigstore.json' };
  return {
    ...all,
    platforms: [{ os: 'debian-13', architectures: ['amd64'] }],
    sources: { ...all.sources, tools: { ...tools, version: '1.0.0' } },
    dependencies: {
      ...dependencies,
      tool: {
        ...{ kinds: ['knc'], type: 'binary', source: { from: 'tools', asset: 'tool' } },
        verification: { method: 'sigstore-bundle', ...files, ...signer },
      },
    },
  };
}

const manifest = (in_ = directory) => join(in_, 'manifests', fileName);

function explain(words: readonly string[], { in: from = directory, at = now } = {}) {
  return runInProcess(['explain', '--trust-dir', join(from, 'trust'), '--now', at, ...words]);
}

async function chainOf(name: string, options: Parameters<typeof explain>[1] = {}): Promise<ProofChain> {
  const { stdout } = await explain(['--json', manifest(options.in), name], options);
  return readDocument('explain', stdout).entries[0]!;
}

/** What differs from run to run: digests and fingerprints, by the order in which they come; numbers of log entries; sizes. */
function stable(text: string): string {
  const known = new Map<string, string>();
  return text
    .replaceAll(directory, '.')
    .replaceAll(/[0-9a-f]{12,128}|[0-9A-F]{40}/g, (hex) => {
      const key = hex.slice(0, 12).toLowerCase();
      const number = known.get(key) ?? String(known.size + 1).padStart(4, '0');
      known.set(key, number);
      return number.repeat(hex.length / 4);
    })
    .replaceAll(/log entry \d+/g, 'log entry N')
    .replaceAll(/("check": "log entry",\s+"value": ")\d+/g, '$1N')
    .replaceAll(/size \d+ bytes/g, 'size N bytes')
    .replaceAll(/("check": "size",\s+"value": ")\d+/g, '$1N')
    .replaceAll(/"size": \d+/g, '"size": 0');
}

describe('explain', () => {
  it.each(Object.entries(names))('draws %s', async (method, name) => {
    const { stdout, stderr, exitCode } = await explain([manifest(), name]);
    expect([exitCode, stderr]).toEqual([0, '']);
    await expect(stable(stdout)).toMatchFileSnapshot(`../fixtures/explain/${method}.txt`);
    const json = await explain(['--json', manifest(), name]);
    await expect(stable(json.stdout)).toMatchFileSnapshot(`../fixtures/explain/${method}.json`);
    requireWhole(readDocument('explain', json.stdout).entries[0]!);
  });
});

/** No document is left out, and everything begins at what is trusted, or is said to be signed by nobody. */
function requireWhole({ nodes, links, assurance }: ProofChain): void {
  const told = new Set(links.flatMap(({ from, to, beside }) => [from, to, ...beside]));
  expect(nodes.filter(({ id }) => !told.has(id))).toEqual([]);
  const reached = new Set(links.flatMap(({ to, beside }) => [to, ...beside]));
  const roots = nodes.filter(({ id }) => !reached.has(id)).map(({ kind }) => kind);
  expect(new Set(roots)).toEqual(new Set([assurance === 'checksum' ? 'origin' : 'anchor']));
  expect(told).toContain('artifact');
}

describe('a word too many or too few', () => {
  it.each([
    ['a name that is mistyped', ['libpq'], /did you mean "libpq5"/],
    ['no name', [], /explain which entry of .*\n {2}It has: .*containerd/],
  ])('%s is told what there is', async (_, words, message) => {
    const { exitCode, stderr } = await explain([manifest(), ...words]);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  it('takes several names, and an image by its reference', async () => {
    const reference = /registry\.k8s\.io\/pause:[\d.]+/.exec(await readFile(manifest(), 'utf8'))![0];
    const { stdout } = await explain(['--json', manifest(), 'runc', reference]);
    const { entries } = readDocument('explain', stdout);
    expect(entries.map(({ name }) => name).toSorted()).toEqual(['pause', 'runc']);
  });
});

describe('a proof that does not hold', () => {
  /** A copy of manifests and trust, and one kept document of it. */
  async function spoiled(name: string, role: string, change: (path: string) => Promise<unknown>) {
    const copy = await mkdtemp(join(directory, 'copy-'));
    for (const part of ['manifests', 'trust']) {
      await cp(join(directory, part), join(copy, part), { recursive: true });
    }
    const { nodes } = await chainOf(name);
    const node = nodes.find((one) => one.kind === 'document' && one.role === role);
    const digest = node?.kind === 'document' ? node.digest! : '';
    await change(join(copy, 'manifests/evidence/documents', digest.replace(':', '-')));
    return copy;
  }
  const flip = async (path: string) => writeFile(path, flipBit(await readFile(path), 100));

  it.each([
    ['libpq5', 'inrelease', flip, 'DIGEST_MISMATCH', ['inrelease']],
    ['libpq5', 'packages', (path: string) => rm(path), 'EVIDENCE_MISSING', ['inrelease', 'packages']],
    ['kubectl', 'sbom-certificate', flip, 'DIGEST_MISMATCH', ['sbom-signature']],
    ['tool', 'sigstore-bundle', (path: string) => rm(path), 'EVIDENCE_MISSING', ['sigstore-bundle']],
    ['netsy', 'sigstore-bundle', flip, 'DIGEST_MISMATCH', ['checksums']],
    ['crictl', 'checksums', flip, 'DIGEST_MISMATCH', ['checksums']],
    ['pause', 'simple-signing', flip, 'DIGEST_MISMATCH', ['oci-tagged']],
    ['pause', 'oci-manifest', flip, 'DIGEST_MISMATCH', ['oci-tagged', 'oci-manifest']],
    ['containerd', 'attestation', flip, 'DIGEST_MISMATCH', ['attestation']],
    ['runc', 'checksums', (path: string) => rm(path), 'EVIDENCE_MISSING', ['checksums']],
  ])('%s: %s is named, drawn up to it, and refused', async (name, role, change, code, above) => {
    const copy = await spoiled(name, role, change);
    const { stdout, stderr, exitCode } = await explain([manifest(copy), name], { in: copy });
    expect([exitCode, stderr]).toEqual([5, '']);
    expect(stdout).toMatch(/^\S+ .* REFUSED$/m);
    expect(stdout).toContain(`[${code}]`);
    expect(stdout).toContain('what to do: ');
    expect(stdout).not.toContain('not proven');
    const { verdict, refusal, links } = await chainOf(name, { in: copy });
    expect([verdict, refusal?.code, refusal?.at]).toEqual(['refused', code, `document:${role}`]);
    expect(links.map(({ holds }) => holds)).toEqual(above.map((_, index) => index < above.length - 1));
    expect(links.map(({ to }) => to)).toEqual(above.map((one) => `document:${one}`));
    expect(links.filter(({ holds, to }) => holds && to === 'artifact')).toEqual([]);
    const quiet = await explain([manifest(copy), name, '--quiet'], { in: copy });
    expect([quiet.exitCode, quiet.stdout]).toEqual([5, '']);
    expect(quiet.stderr).toContain(`[${code}]`);
  });

  it('says which link of the chain breaks where a signature is by another key', async () => {
    const copy = await spoiled('runc', 'checksums', () => Promise.resolve());
    const pins = join(copy, 'trust/pins.yaml');
    const [signature] = (await chainOf('runc')).links[0]!.signers;
    const fingerprint = signature?.method === 'openpgp' ? signature.primaryFingerprint : '';
    await writeFile(pins, (await readFile(pins, 'utf8')).replace(fingerprint, 'A'.repeat(40)));
    const { verdict, refusal, links } = await chainOf('runc', { in: copy });
    expect([verdict, refusal?.at]).toEqual(['refused', 'document:checksums']);
    expect(links.map(({ from, to, holds }) => [from, to, holds])).toEqual([
      ['anchor:runc', 'document:checksums', false],
    ]);
  });

  it('refuses an entry of the manifest that is other than what was proven', async () => {
    const copy = await spoiled('libpq5', 'inrelease', () => Promise.resolve());
    const text = await readFile(manifest(copy), 'utf8');
    const { digest } = (await chainOf('libpq5')).nodes.find((one) => one.kind === 'artifact')! as {
      digest: string;
    };
    await writeFile(manifest(copy), text.replace(digest, `sha256:${'a'.repeat(64)}`));
    const { verdict, refusal } = await chainOf('libpq5', { in: copy });
    expect([verdict, refusal?.at]).toEqual(['refused', 'artifact']);
  });

  it('refuses an entry that has no evidence', async () => {
    const copy = await spoiled('libpq5', 'inrelease', () => Promise.resolve());
    await rm(join(copy, 'manifests/evidence', fileName));
    const { stdout, stderr, exitCode } = await explain([manifest(copy), 'libpq5'], { in: copy });
    expect([exitCode, stdout]).toEqual([5, '']);
    expect(stderr).toContain('[EVIDENCE_MISSING]');
  });
});

/** Where they are not installed, the test says so by being skipped. */
const cosign = process.env['ASSAY_COSIGN'];
const isInstalled = (program: string) =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));

describe('by hand', () => {
  /** As a person does it: what is printed is run by a shell, in the directory that explain ran in. */
  async function byHand(name: string) {
    const { stdout } = await explain([manifest(), name]);
    const script = stdout
      .slice(stdout.indexOf('\n  by hand\n') + '\n  by hand\n'.length)
      .replaceAll(/^ {4}/gm, '')
      .replaceAll('https://rekor.sigstore.dev', `${upstream.server.url}/rekor.sigstore.dev`);
    const work = await mkdtemp(join(directory, 'hand-'));
    const programs = join(work, 'bin');
    await mkdir(programs);
    // What is fetched comes from the embedded upstream.
    const curl = `#!/bin/sh\n[ "$1 $2" = '-fsSL -o' ] || exit 2\ncp "${work}/$\{4#https://}" "$3"\n`;
    await writeFile(join(programs, 'curl'), curl);
    await chmod(join(programs, 'curl'), 0o755);
    if (cosign !== undefined) await cp(cosign, join(programs, 'cosign'));
    for (const [, url = ''] of script.matchAll(/https:\/\/(\S+)/g)) {
      const content = upstream.publication.files.get(url);
      if (content === undefined) continue;
      await mkdir(join(work, dirname(url)), { recursive: true });
      await writeFile(join(work, url), readContent(content));
    }
    const env = {
      ...{ PATH: `${programs}${delimiter}${process.env['PATH'] ?? ''}`, HOME: work, TMPDIR: work },
      ...(await sigstoreEnvironment(work)),
    };
    return runProgram('sh', ['-euxc', script], { cwd: directory, env });
  }

  /** Of a throwaway Sigstore, where cosign has no flag for it. */
  async function sigstoreEnvironment(work: string) {
    const { authority, rekor, ctLog } = upstream.sigstore;
    const files = {
      SIGSTORE_ROOT_FILE: authority.chain.map((one) => toPem(one)).join(''),
      SIGSTORE_REKOR_PUBLIC_KEY: rekor.publicKeyPem,
      SIGSTORE_CT_LOG_PUBLIC_KEY_FILE: ctLog.publicKeyPem,
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(work, name), text);
    return Object.fromEntries(Object.keys(files).map((name) => [name, join(work, name)]));
  }

  it.runIf(isInstalled('gpgv') && isInstalled('gpg') && isInstalled('xz')).each(['libpq5', 'runc', 'crictl'])(
    'gpgv and sha256sum say the same of %s',
    async (name) => {
      const { exitCode, stdout, stderr } = await byHand(name);
      expect([exitCode, stderr]).toEqual([0, expect.anything()]);
      expect(stdout).toMatch(/: OK\n$/);
      if (name !== 'crictl') expect(stderr).toContain('Good signature');
    },
  );

  it.runIf(cosign !== undefined).each(['tool', 'netsy', 'containerd', 'kube-scheduler', 'kubectl'])(
    'cosign says the same of %s',
    async (name) => {
      const { exitCode, stderr } = await byHand(name);
      expect(exitCode, stderr).toBe(0);
      expect(stderr).toContain('Verified OK');
    },
  );

  it('leaves nothing behind in the directory that explain ran in', async () => {
    expect((await readdir(directory)).filter((name) => /\.(?:gpg|deb|xz)$/.test(name))).toEqual([]);
  });
});
