/** `assay verify-bundle` and `verify-blob` with the built command, on material of a throwaway Sigstore. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startUpstreamServer, type UpstreamServer } from '../../scripts/upstream/server.ts';
import { createSigstore } from '../../scripts/upstream/sigstore/instance.ts';
import { rekorRoutes } from '../../scripts/upstream/sigstore/rekor-api.ts';
import {
  apiEntry,
  blobBundle,
  detachedCertificate,
  detachedSignature,
  legacyBundle,
} from '../../scripts/upstream/sigstore/renderings.ts';
import { runInProcess } from '../support/command-in-process.ts';
import { expectDone, expectRefused } from '../support/outcomes.ts';
import { root, runAssay } from '../support/run-assay.ts';
import {
  artifact,
  attest,
  digestOf,
  predicateType,
  sign,
  sigstore,
  validFrom,
  who,
  workflow,
} from '../support/throwaway-sigstore.ts';

const signed = sign();
const { rekor } = sigstore;
const signer = ['--certificate-identity', who.identity, '--certificate-oidc-issuer', who.issuer];
const digest = digestOf(artifact);
const good = blobBundle(signed);
/** Of another instance, of nobody that is wanted, of another file, of no kind that is known, and the good one. */
const lines = [
  '# attestations',
  blobBundle(sign({}, artifact, createSigstore({ validFrom }))),
  blobBundle(sign({ identity: 'someone@example.org' })),
  blobBundle(sign({ log: 'none' })),
  attest(workflow),
  good.slice(0, 300),
  '{"mediaType":"application/vnd.example.bundle.v9+json"}',
  good,
  blobBundle(sign({}, Buffer.from('another file'))),
];

let folder: string;
let server: UpstreamServer;
const path = (name: string) => join(folder, name);

const material: Record<string, string | Buffer> = {
  'tool.tar.gz': artifact,
  other: 'other',
  'root.json': sigstore.trustedRoot(),
  'blob.json': good,
  'legacy.json': legacyBundle(signed),
  'statement.json': attest(workflow),
  'lying.json': attest({
    ...workflow,
    predicate: { buildDefinition: { externalParameters: { workflow: { ref: 'refs/heads/main' } } } },
  }),
  'long.json': attest({
    subjects: [{ name: 'tool', digest: { sha512: createHash('sha512').update(artifact).digest('hex') } }],
  }),
  'many.jsonl': lines.join('\n'),
  'many-reversed.jsonl': lines.toReversed().join('\r\n'),
  'none.jsonl': lines.filter((line) => line !== good).join('\n'),
  'two.jsonl': `${blobBundle(sign({ identity: 'someone@example.org' }))}\n${blobBundle(signed)}\n`,
  'tool.sig': detachedSignature(signed),
  'tool.cert': detachedCertificate(signed),
  'answer.json': JSON.stringify(signed.entries.map((entry) => apiEntry(entry))),
  'empty.json': '[]',
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-sigstore-'));
  server = await startUpstreamServer({ routes: rekorRoutes(rekor) });
  // Without a byte on the disk.
  await writeFile(path('large.json'), '');
  await truncate(path('large.json'), 100_000_000);
  await Promise.all(Object.entries(material).map(([name, content]) => writeFile(path(name), content)));
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const verify = (bundle: string, ...args: string[]) =>
  runInProcess([
    'verify-bundle',
    '--json',
    '--bundle',
    path(bundle),
    '--trusted-root',
    path('root.json'),
    ...args,
  ]);

const verifyBlob = (...args: string[]) =>
  runInProcess([
    'verify-blob',
    '--json',
    ...[
      '--signature',
      path('tool.sig'),
      '--certificate',
      path('tool.cert'),
      '--trusted-root',
      path('root.json'),
    ],
    ...args,
  ]);

const verdict = {
  schema: 'assay/verify-signature/v1',
  verified: true,
  digest,
  signer: who,
  logIndex: signed.entries[0]!.logIndex,
  logId: rekor.id.toString('hex'),
  integratedTime: '2026-11-20T10:00:02.000Z',
  signedAt: '2026-11-20T10:00:02.000Z',
  assurance: 'signed',
};

describe.concurrent('verify-bundle', () => {
  it.each([
    ['blob.json', 'tool.tar.gz'],
    ['blob.json', digest],
    ['legacy.json', 'tool.tar.gz'],
    ['two.jsonl', digest],
  ])('--json says who signed what, where and when: %s of %s', async (bundle, subject) => {
    const argument = subject === digest ? digest : path(subject);
    const { stdout, stderr } = expectDone(await verify(bundle, ...signer, argument));
    expect(JSON.parse(stdout)).toEqual(verdict);
    expect(stderr).toBe('');
  });

  it('verifies a statement with all that a catalogue can restrict', async () => {
    const args = [
      ...['--certificate-identity', workflow.identity, '--certificate-oidc-issuer', workflow.issuer],
      ...['--predicate-type', predicateType, '--subject-name', 'tool.tar.gz'],
    ];
    const repository = (name: string) => ['--source-repository', `https://github.com/owner/${name}`];
    const { stdout } = expectDone(await verify('statement.json', ...args, ...repository('project'), digest));
    expect(JSON.parse(stdout)).toMatchObject({ assurance: 'attested', predicateType, signer: workflow });
    expectRefused(
      await verify('statement.json', ...args, ...repository('other'), digest),
      5,
      'SIGNER_UNTRUSTED',
    );
  });

  const byWorkflow = [
    ...['--certificate-identity', workflow.identity],
    ...['--certificate-oidc-issuer', workflow.issuer],
  ];
  const released = ['--source-ref', 'refs/tags/v1.0.0'];

  it('asks for the source and the workflow that the certificate names', async () => {
    const whole = [
      '--source-repository',
      'https://github.com/owner/project',
      '--signer-workflow',
      workflow.identity,
    ];
    expectDone(await verify('statement.json', ...byWorkflow, ...released, ...whole, digest));
  });

  it.each([
    [['--source-ref', 'refs/tags/v2.0.0']],
    [['--source-ref', 'v1.0.0']],
    [['--source-repository', 'https://github.com/owner/other']],
    [['--source-digest', 'c'.repeat(40)]],
    [['--signer-workflow', 'https://x.example']],
  ])('refuses %j', async (asked) => {
    expectRefused(await verify('statement.json', ...byWorkflow, ...asked, digest), 5, 'SIGNER_UNTRUSTED');
  });

  it('holds a statement to its certificate where a source is asked for', async () => {
    expectDone(await verify('lying.json', ...byWorkflow, digest));
    expectRefused(await verify('lying.json', ...byWorkflow, ...released, digest), 5, 'SUBJECT_MISMATCH');
  });

  it('finds no source in a certificate for a person, and takes none for none', async () => {
    expectRefused(await verify('blob.json', ...signer, ...released, digest), 5, 'SIGNER_UNTRUSTED');
    expectRefused(await verify('blob.json', ...signer, '--source-ref', '', digest), 2, 'USAGE');
  });

  it('finds the line that vouches, whatever else is in the file', async () => {
    for (const name of ['two.jsonl', 'many.jsonl', 'many-reversed.jsonl']) {
      expect(JSON.parse(expectDone(await verify(name, ...signer, digest)).stdout)).toEqual(verdict);
    }
    expectRefused(await verify('none.jsonl', ...signer, digest), 5, 'SIGNER_UNTRUSTED');
  });

  it('takes the digest that a statement has, of a file', async () => {
    expectDone(await verify('long.json', ...signer, path('tool.tar.gz')));
    expectRefused(await verify('long.json', ...signer, digest), 5, 'SUBJECT_MISMATCH');
    expectRefused(await verify('long.json', ...signer, path('other')), 5, 'SUBJECT_MISMATCH');
  });

  it('prints lines for people', async () => {
    const args = ['--bundle', path('blob.json'), '--trusted-root', path('root.json'), ...signer, digest];
    const { stdout } = expectDone(await runAssay(['verify-bundle', ...args]));
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      'verified: true',
      `digest: ${digest}`,
      `identity: ${who.identity}`,
    ]);
  });

  it('refuses with exit code 5 and a code', async () => {
    expectRefused(await verify('blob.json', ...signer, path('other')), 5, 'DIGEST_MISMATCH');
    const other = ['--certificate-identity', 'x@example.org', '--certificate-oidc-issuer', who.issuer];
    expectRefused(await verify('blob.json', ...other, digest), 5, 'SIGNER_UNTRUSTED');
    expectRefused(
      await verify('blob.json', ...signer, '--subject-name', 'tool.tar.gz', digest),
      5,
      'EVIDENCE_MALFORMED',
    );
    expectRefused(await verify('large.json', ...signer, digest), 5, 'LIMIT_EXCEEDED');
  });

  it('trusts the pinned root where no other is given, and that one does not know this log', async () => {
    const args = ['verify-bundle', '--json', '--bundle', path('blob.json'), ...signer, digest];
    expectRefused(await runInProcess(args), 5, 'SIGNER_UNTRUSTED');
    const real = [
      ...['verify-bundle', '--json', '--bundle', 'test/fixtures/sigstore/oci-attestation.sigstore.json'],
      ...['--certificate-identity', 'cody@soyland.com'],
      ...['--certificate-oidc-issuer', 'https://github.com/login/oauth'],
      'sha256:732112270d7e59418a8c080b134b24cabd67d250d0d0147a97ed95ba5c280aa4',
    ];
    expectDone(await runAssay(real, { cwd: root }));
    // In a directory without pins of its own: that of the release.
    real[3] = join(root, real[3]!);
    expectRefused(await runAssay(args, { cwd: folder }), 5, 'SIGNER_UNTRUSTED');
    expectDone(await runAssay(real, { cwd: folder }));
    // Pins that cannot be read are no reason to trust something else.
    await mkdir(path('broken/trust'), { recursive: true });
    await writeFile(path('broken/trust/pins.yaml'), 'version: 1\nanchors: {}\n');
    expectRefused(await runAssay(real, { cwd: path('broken') }), 2, 'TRUST_INVALID');
  });

  it('is wrong usage without a signer, with half of one, or with two', async () => {
    expectRefused(await verify('blob.json', digest), 2, 'USAGE');
    expectRefused(await verify('blob.json', ...signer.slice(0, 2), digest), 2, 'USAGE');
    expectRefused(await verify('blob.json', ...signer, '--key', path('tool.cert'), digest), 2, 'USAGE');
    expectRefused(await verify('blob.json', ...signer, 'sha256:abc'), 2, 'USAGE');
    expectRefused(await verify('blob.json', ...signer, path('nowhere')), 2, 'FILE_UNREADABLE');
    expectRefused(await verify('nowhere.json', ...signer, digest), 2, 'FILE_UNREADABLE');
  });
});

describe.concurrent('verify-blob', () => {
  const rekorUrl = () => ['--rekor-url', `${server.url}/rekor.sigstore.dev/`];

  it('asks Rekor, and leaves a bundle that verifies without it', async () => {
    const out = path('out.json');
    const { stdout } = expectDone(
      await verifyBlob(...signer, ...rekorUrl(), '--bundle-out', out, path('tool.tar.gz')),
    );
    expect(JSON.parse(stdout)).toEqual(verdict);
    expect(JSON.parse(expectDone(await verify('out.json', ...signer, digest)).stdout)).toEqual(verdict);
  });

  it("takes Rekor's answer from a file, and writes the same bundle of it again", async () => {
    const entry = ['--rekor-entry', path('answer.json')];
    for (const name of ['one.json', 'same.json']) {
      expectDone(await verifyBlob(...signer, ...entry, '--bundle-out', path(name), digest));
    }
    expect((await readFile(path('one.json'))).equals(await readFile(path('same.json')))).toBe(true);
  });

  it('refuses with exit code 5 and a code, and writes nothing', async () => {
    const refused = path('refused.json');
    const empty = ['--rekor-entry', path('empty.json'), '--bundle-out', refused];
    expectRefused(await verifyBlob(...signer, ...empty, digest), 5, 'EVIDENCE_MISSING');
    const entry = ['--rekor-entry', path('answer.json'), '--bundle-out', refused];
    expectRefused(await verifyBlob(...signer, ...entry, path('other')), 5, 'SIGNATURE_INVALID');
    await expect(readFile(refused)).rejects.toHaveProperty('code', 'ENOENT');
  });

  it('asks for the source that the certificate names, and this one names none', async () => {
    const entry = ['--rekor-entry', path('answer.json')];
    for (const flag of ['--source-repository', '--source-ref', '--source-digest', '--signer-workflow']) {
      expectRefused(
        await verifyBlob(...signer, ...entry, flag, 'https://x.example', digest),
        5,
        'SIGNER_UNTRUSTED',
      );
    }
  });

  it('is a matter of the network where Rekor does not answer', async () => {
    const away = ['--rekor-url', `${server.url}/elsewhere`];
    expectRefused(await verifyBlob(...signer, ...away, digest), 4, 'NOT_FOUND');
  });

  it('is wrong usage without a way to ask, or with two', async () => {
    expectRefused(await verifyBlob(...signer, digest), 2, 'USAGE');
    const both = [...rekorUrl(), '--rekor-entry', path('answer.json')];
    expectRefused(await verifyBlob(...signer, ...both, digest), 2, 'USAGE');
    expectRefused(await verifyBlob(...rekorUrl(), digest), 2, 'USAGE');
  });
});
