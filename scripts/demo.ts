/**
 * `make demo`: the main job from end to end, with no network. An embedded upstream publishes a miniature
 * Debian on loopback, signed by keys made a moment ago; assay reaches it through `--mirror`, as it would
 * reach a company's proxy, so what runs here is what runs in production.
 *
 * Options: --keep DIR (leave the manifests and artifacts there).
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { substitute } from './upstream/behaviours.ts';
import { now, startCatalogueUpstream } from './upstream/catalogue.ts';
import { startUpstreamServer } from './upstream/server.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const { values } = parseArgs({ options: { keep: { type: 'string' } } });
const work = values.keep ?? (await mkdtemp(join(tmpdir(), 'assay-demo-')));
await mkdir(work, { recursive: true });
const manifests = join(work, 'manifests');
const artifacts = join(work, 'artifacts');
const isColored = process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '';

function say(text: string): void {
  console.log(text);
}

function title(text: string): void {
  say(isColored ? `\n\u001b[1m${text}\u001b[0m` : `\n${text}`);
}

interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command, as `scripts/assay` would, and shows what it was. */
async function assay(shown: string, args: readonly string[]): Promise<Outcome> {
  say(`$ assay ${shown}`);
  const child = spawn(process.execPath, [join(root, 'dist/cli.js'), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    // No proxy and no mirror of the host's may stand between.
    env: { PATH: process.env['PATH'], NO_COLOR: '1', XDG_CACHE_HOME: join(work, 'cache') },
  });
  const [stdout, stderr, exitCode] = await Promise.all([
    child.stdout.setEncoding('utf8').toArray(),
    child.stderr.setEncoding('utf8').toArray(),
    new Promise<number>((resolve) =>
      child.on('close', (code) => {
        resolve(code ?? 1);
      }),
    ),
  ]);
  return { exitCode, stdout: stdout.join(''), stderr: stderr.join('') };
}

function expectExit(outcome: Outcome, exitCode: number): void {
  if (outcome.exitCode === exitCode) return;
  throw new Error(
    `expected exit code ${String(exitCode)}, found ${String(outcome.exitCode)}:\n${outcome.stderr}`,
  );
}

/** Every file below a directory and its bytes: what must not change when assay refuses. */
async function snapshot(directory: string): Promise<string> {
  const names = (await readdir(directory, { recursive: true })).sort();
  const contents = await Promise.all(
    names.map(async (name) => {
      const path = join(directory, name);
      return (await stat(path)).isFile() ? `${name}\n${await readFile(path, 'base64')}` : name;
    }),
  );
  return contents.join('\n');
}

async function resolveAndStage(network: readonly string[]): Promise<void> {
  title('1. Resolve: the production catalogue, an upstream on loopback, keys made a moment ago');
  const resolved = await assay(
    'update-manifests --mirror https://ftp.debian.org/debian=http://127.0.0.1:… …',
    network,
  );
  expectExit(resolved, 0);
  say(resolved.stderr.trimEnd());

  title('2. Four manifests, complete; the one of a data-plane VM, at the URLs of the origin');
  await showManifests();
  say((await readFile(join(manifests, 'knd.debian-13.arm64.json'), 'utf8')).trimEnd());
  const file = join(manifests, 'knc.debian-13.amd64.json');

  title('3. Stage: download, hash on the way, put in place');
  const staged = await assay('stage knc.debian-13.amd64.json --dir artifacts', [
    ...['stage', file, '--dir', artifacts],
    ...network.filter((word, at) => isMirrorFlag(word) || isMirrorFlag(network[at - 1])),
  ]);
  expectExit(staged, 0);
  say(staged.stderr.trimEnd());

  await showEvidence('libpq5');
  await verifyKept('kubelet');
}

async function showManifests(): Promise<void> {
  for (const name of (await readdir(manifests)).filter((one) => one.endsWith('.json')).sort()) {
    const { vmconfig } = JSON.parse(await readFile(join(manifests, name), 'utf8')) as {
      vmconfig: {
        os: { image?: { version: string } };
        dependencies: object;
        images: { image: string }[];
      };
    };
    const { os, dependencies, images } = vmconfig;
    if (os.image === undefined || images.length === 0) throw new Error(`${name} is not complete`);
    const count = String(Object.keys(dependencies).length);
    const listed = images.map(({ image }) => image).join(', ');
    say(`${name}: ${count} dependencies, OS image ${os.image.version}, ${listed}`);
  }
}

function isMirrorFlag(word: string | undefined): boolean {
  return word === '--mirror' || word === '--trusted-mirror';
}

interface Evidence {
  readonly digest: string;
  readonly assurance: string;
  readonly signers: readonly {
    readonly primaryFingerprint?: string;
    readonly identity?: string;
    readonly issuer?: string;
    readonly signedAt: string;
  }[];
  readonly documents: readonly { readonly role: string; readonly digest: string }[];
}

async function evidenceOf(name: string): Promise<Evidence> {
  const text = await readFile(join(manifests, 'evidence/knc.debian-13.amd64.json'), 'utf8');
  const { entries } = JSON.parse(text) as { entries: Record<string, Evidence> };
  const evidence = entries[name];
  if (evidence === undefined) throw new Error(`no evidence of ${name}`);
  return evidence;
}

async function showEvidence(name: string): Promise<void> {
  title(`4. Who vouched for ${name}`);
  const { assurance, signers, documents } = await evidenceOf(name);
  for (const { primaryFingerprint, identity, signedAt } of signers) {
    say(`${assurance} by ${primaryFingerprint ?? identity ?? ''} at ${signedAt}`);
  }
  for (const { role, digest } of documents) say(`  ${role.padEnd(16)} ${digest}`);
}

/** What was kept of a keyless chain is enough, without the log and without the file. */
async function verifyKept(name: string): Promise<void> {
  title(`5. ${name} once more, offline, from the evidence beside the manifests`);
  const { digest, signers, documents } = await evidenceOf(name);
  const { identity = '', issuer = '' } = signers[0] ?? {};
  const kept = (role: string) =>
    join(
      manifests,
      'evidence/documents',
      documents.find((one) => one.role === role)?.digest.replace(':', '-') ?? '',
    );
  const verified = await assay('verify-blob --rekor-entry evidence/documents/… …', [
    ...['verify-blob', '--signature', kept('signature'), '--certificate', kept('certificate')],
    ...['--rekor-entry', kept('rekor-answer')],
    ...['--trusted-root', join(work, 'trust/sigstore-trusted-root.json')],
    ...['--certificate-identity', identity, '--certificate-oidc-issuer', issuer, digest],
  ]);
  expectExit(verified, 0);
  say(verified.stdout.trimEnd());
}

async function attack(network: readonly string[], tamper: () => void): Promise<void> {
  title('6. An attack: a mirror that changes one bit of the security index');
  const before = await snapshot(manifests);
  tamper();
  const refused = await assay('update-manifests --refresh all …', [
    ...network,
    '--refresh',
    'all',
    '--cache-dir',
    join(work, 'empty'),
  ]);
  expectExit(refused, 5);
  say(refused.stderr.trimEnd());
  if ((await snapshot(manifests)) !== before) throw new Error('a refused run changed a file');
  say('exit code 5; every file is as it was');
}

/** So that nobody has to take our own keys on faith. */
async function verifyRecordedRelease(): Promise<void> {
  title("7. The real thing: Debian's trixie-updates of 19 November 2026, with Debian's own key");
  const server = await startUpstreamServer({ directory: join(root, 'test/fixtures/debian') });
  try {
    const real = await assay(
      'fetch-deb --suite trixie-updates --package tzdata --keyring trust/debian-archive.asc …',
      [
        ...['fetch-deb', '--repo', server.url, '--suite', 'trixie-updates', '--component', 'main'],
        ...['--arch', 'amd64', '--package', 'tzdata', '--now', now],
        ...['--keyring', join(root, 'trust/debian-archive.asc')],
      ],
    );
    expectExit(real, 0);
    say(real.stdout.trimEnd());
  } finally {
    await server.close();
  }
}

const upstream = await startCatalogueUpstream();
const { server } = upstream;
try {
  await upstream.writeTrust(join(work, 'trust'));
  const network = [
    ...['update-manifests', '--now', now, '--trust-dir', join(work, 'trust'), '--manifests-dir', manifests],
    ...upstream.mirrorArgs,
  ];
  await resolveAndStage(network);
  await attack(network, () => {
    for (const [path, bytes] of upstream.debian) {
      if (!/trixie-security\/main\/binary-.*\/(?:by-hash|Packages)/.test(path)) continue;
      const middle = bytes.length >> 1;
      server.override(path, substitute(bytes.map((byte, at) => (at === middle ? byte ^ 1 : byte))));
    }
  });
  await verifyRecordedRelease();
  title('Done: resolved, staged, refused, and checked against the real Debian; nothing left this machine.');
} finally {
  await server.close();
  if (values.keep === undefined) await rm(work, { recursive: true, force: true });
  else say(`kept in ${work}`);
}
