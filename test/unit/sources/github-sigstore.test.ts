/**
 * GitHub's own Sigstore through whole runs: an anchor that `trust add` writes, attestations of a private repository and of
 * an immutable release, proofs that are judged again, and a root that is replaced since.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startUpstreamServer, type UpstreamServer } from '../../../scripts/upstream/server.ts';
import { createGithubSigstore } from '../../../scripts/upstream/sigstore/github-sigstore.ts';
import { publishGithub } from '../../../scripts/upstream/sigstore/github.ts';
import { createSigstore } from '../../../scripts/upstream/sigstore/instance.ts';
import { runInProcess } from '../../support/command-in-process.ts';

const validFrom = new Date('2026-01-01T00:00:00Z');
const at = new Date('2026-11-20T10:00:00Z');
const [github, publicGood] = [createGithubSigstore(validFrom), createSigstore({ validFrom })];
const workflow = 'https://github.com/owner/tool/.github/workflows/release.yml';
const issuer = 'https://token.actions.githubusercontent.com';
const tool = Buffer.from('a tool\n');
const other = Buffer.from('another tool\n');
const hexOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const sha256 = hexOf(tool);
const sha1 = 'c'.repeat(40);
const roots = Buffer.from(github.trustedRoots(publicGood.trustedRoot()));
const digestOf = (bytes: Buffer) => `sha256:${hexOf(bytes)}`;

let directory: string;
let server: UpstreamServer;
const inDirectory = (name: string) => join(directory, name);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'assay-github-'));
  const subject = { name: 'tool', digest: { sha256 } };
  const identity = `${workflow}@refs/tags/v1.0.0`;
  const [attested, released] = [
    github.attest([subject], { identity, issuer, at }),
    github.attestRelease(
      {
        repository: 'owner/tool',
        tag: 'v1.0.0',
        sha1,
        files: [{ name: 'other', digest: { sha256: hexOf(other) } }],
      },
      at,
    ),
  ];
  const release = {
    repository: 'owner/tool',
    tag: 'v1.0.0',
    publishedAt: at,
    assets: new Map([
      ['tool', tool],
      ['other', other],
    ]),
  };
  const { files, routes } = publishGithub({ releases: [{ ...release, isImmutable: true }] });
  const api = 'api.github.com/repos/owner/tool';
  const answer = (bundle: string) => Buffer.from(`{"attestations":[{"bundle":${bundle},"bundle_url":""}]}`);
  const more = [
    [`${api}/attestations/sha256:${sha256}`, answer(attested)],
    [`${api}/attestations/sha1:${sha1}`, answer(released)],
    [
      `${api}/git/ref/tags/v1.0.0`,
      Buffer.from(`{"ref":"refs/tags/v1.0.0","object":{"sha":"${sha1}","type":"commit"}}`),
    ],
  ] as const;
  server = await startUpstreamServer({
    files: new Map([...files, ...more]),
    routes,
  });
  await writeFile(inDirectory('roots.jsonl'), roots);
  await writeFile(inDirectory('tool'), tool);
  await writeFile(inDirectory('attested.json'), attested);
  const entry = (name: string, asset: string, verification: string) =>
    `  ${name}: { kinds: [knd], type: binary, source: { from: tools, asset: ${asset} }, verification: { ${verification} } }\n`;
  await writeFile(
    inDirectory('catalogue.yaml'),
    `version: 1
kinds: [knd]
platforms: [{ os: debian-13, architectures: [amd64] }]
sources:
  tools: { type: github-release, repository: owner/tool, tag: 'v{version}', version: 1.0.0 }
dependencies:
${entry('private', 'tool', `method: github-attestation, githubRoot: github, predicateTypes: ['https://slsa.dev/provenance/v1'], workflow: '${workflow}@refs/tags/v{version}', issuer: '${issuer}', sourceRepository: 'https://github.com/owner/tool', sourceRef: 'refs/tags/v{version}'`)}${entry('immutable', 'other', 'method: github-release-attestation, githubRoot: github')}`,
  );
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

const paths = () => ['--catalogue', inDirectory('catalogue.yaml'), '--trust-dir', inDirectory('trust')];
const mirrors = () =>
  ['github.com', 'api.github.com'].flatMap((host) => ['--mirror', `https://${host}=${server.url}/${host}`]);

function update(...flags: readonly string[]) {
  const own = ['--manifests-dir', inDirectory('manifests'), '--cache-dir', inDirectory('cache')];
  return runInProcess([
    'update-manifests',
    ...paths(),
    ...own,
    '--now',
    '2026-11-20T12:00:00Z',
    ...mirrors(),
    ...flags,
  ]);
}

async function trustAdd(file: string, fingerprint: string, ...flags: readonly string[]) {
  const own = ['--trust-dir', inDirectory('trust'), '--learnt', 'printed by gh attestation trusted-root'];
  return runInProcess([
    'trust',
    'add',
    'github',
    inDirectory(file),
    '--fingerprint',
    fingerprint,
    ...own,
    ...flags,
  ]);
}

it('becomes an anchor by the digest of its file, without a scope', async () => {
  await writeFile(inDirectory('public.json'), publicGood.trustedRoot());
  expect(await trustAdd('roots.jsonl', digestOf(tool))).toMatchObject({ exitCode: 5 });
  expect(await trustAdd('roots.jsonl', digestOf(roots), '--scope', 'https://x.example')).toMatchObject({
    exitCode: 2,
  });
  // The public instance has logs: its root is none of this kind.
  const logged = await trustAdd('public.json', digestOf(Buffer.from(publicGood.trustedRoot())));
  expect(logged).toMatchObject({ exitCode: 5 });
  expect(logged.stderr).toContain('[SIGNER_UNTRUSTED]');
  expect(await trustAdd('roots.jsonl', digestOf(roots))).toMatchObject({ exitCode: 0 });
  expect((await trustAdd('roots.jsonl', digestOf(roots))).stderr).toContain('has it already');
  const shown = await runInProcess([
    'update-trust',
    '--trust-dir',
    inDirectory('trust'),
    '--now',
    '2026-11-20T12:00:00Z',
  ]);
  expect(shown.stdout + shown.stderr).toContain('no logs: a signed time is what witnesses its signatures');
});

it('vouches for both, by proofs that are judged again; through a mirror that nobody answers for', async () => {
  const done = await update('--json');
  expect(done.stderr).not.toContain('error:');
  const { changes } = JSON.parse(done.stdout) as { changes: { name: string; assurance: string }[] };
  expect(changes.map(({ name, assurance }) => [name, assurance]).sort()).toEqual([
    ['immutable', 'attested'],
    ['private', 'attested'],
  ]);
  expect(await update('--check')).toMatchObject({ exitCode: 0 });
  const manifest = inDirectory('manifests/knd.debian-13.amd64.json');
  const offline = () => runInProcess(['verify', '--offline', manifest, '--trust-dir', inDirectory('trust')]);
  expect(await offline()).toMatchObject({ exitCode: 0 });
  const explained = await runInProcess([
    'explain',
    manifest,
    'immutable',
    '--trust-dir',
    inDirectory('trust'),
  ]);
  expect(explained.stdout).toContain('https://dotcom.releases.github.com');
  // A root of today, of other authorities as well: the former one counts as far as today's has it.
  const pinsFile = inDirectory('trust/pins.yaml');
  const pins = await readFile(pinsFile, 'utf8');
  const pinning = async (next: Buffer, isFormer: boolean) => {
    await writeFile(inDirectory('trust/github.jsonl'), next);
    const former = isFormer ? `\n    former: ['${digestOf(roots)}']` : '';
    await writeFile(pinsFile, pins.replace(/digest: .*/, `digest: '${digestOf(next)}'${former}`));
  };
  const stranger = Buffer.from(createGithubSigstore(validFrom).trustedRoot.replaceAll('\n', ''));
  const both = Buffer.concat([roots, stranger, Buffer.from('\n')]);
  await pinning(both, true);
  expect(await offline()).toMatchObject({ exitCode: 0 });
  await pinning(both, false);
  expect(await offline()).toMatchObject({ exitCode: 5 });
  await pinning(stranger, true);
  expect(await offline()).toMatchObject({ exitCode: 5 });
});

it('is judged by hand: verify-bundle --github-root', async () => {
  const args = ['verify-bundle', '--bundle', inDirectory('attested.json'), inDirectory('tool')];
  const who = ['--certificate-identity', `${workflow}@refs/tags/v1.0.0`, '--certificate-oidc-issuer', issuer];
  const good = await runInProcess([...args, ...who, '--github-root', inDirectory('roots.jsonl'), '--json']);
  expect(JSON.parse(good.stdout)).toMatchObject({
    verified: true,
    logIndex: null,
    logId: null,
    signedAt: '2026-11-20T10:00:02.000Z',
  });
  for (const [flags, code] of [
    [['--trusted-root', inDirectory('public.json')], 'EVIDENCE_MISSING'],
    [['--github-root', inDirectory('public.json')], 'SIGNER_UNTRUSTED'],
    [['--trusted-root', inDirectory('roots.jsonl')], 'SIGNER_UNTRUSTED'],
    [['--trusted-root', inDirectory('public.json'), '--github-root', inDirectory('roots.jsonl')], 'USAGE'],
  ] as const) {
    const { stderr, exitCode } = await runInProcess([...args, ...who, ...flags]);
    expect(stderr).toContain(`[${code}]`);
    expect(exitCode).toBe(code === 'USAGE' ? 2 : 5);
  }
});
