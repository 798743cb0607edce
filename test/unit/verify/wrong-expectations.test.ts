/**
 * Every method, and every expectation that the catalogue can state of it, stated wrongly: genuine documents are refused
 * then, by code. A method, or a field of one, that is missing here fails.
 */
import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createGithubSigstore } from '../../../scripts/upstream/sigstore/github-sigstore.ts';
import { generateSigningKey } from '../../../scripts/upstream/signing-key.ts';
import { VerificationError, type ErrorCode } from '../../../src/model/errors.ts';
import { methods } from '../../../src/verify/registry.ts';
import { judge, readMaterial, trustOf, type Documents } from '../../fuzz/material.ts';
import { refusal } from '../../support/refusals.ts';

const material = readMaterial();
const caseOf = (name: string) => material.cases.find((one) => one.name === name)!;
const validFrom = new Date('2026-01-01T00:00:00Z');

/** Besides the anchors of the documents: of every kind one of somebody else's keys, and one for another place. */
async function trustWithOthers() {
  const text = Buffer.from(material.trust['pins.yaml'] ?? []).toString();
  const pins = JSON.parse(text) as { readonly anchors: Readonly<Record<string, object>> };
  const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
  const fingerprint = sha256(pem.export({ type: 'spki', format: 'der' }));
  const ed = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x ?? '';
  const key = Buffer.concat([Buffer.from('Edassay-id'), Buffer.from(ed, 'base64url')]).toString('base64');
  const openpgp = await generateSigningKey({ owner: 'Other', createdAt: validFrom });
  const root = Buffer.from(createGithubSigstore(validFrom).trustedRoot);
  const { tool, 'tool-minisign': byMinisign, 'tool-cosign': byCosign } = pins.anchors;
  const elsewhere = { scope: ['https://elsewhere.example.org'] };
  const anchors = {
    ...pins.anchors,
    other: { ...tool, file: 'other.asc', fingerprints: [openpgp.fingerprint] },
    'other-minisign': { ...byMinisign, file: 'other-minisign.pub', key },
    'other-cosign': { ...byCosign, file: 'other-cosign.pub', fingerprint },
    'other-github': {
      ...{ type: 'github-sigstore', file: 'other.json', digest: `sha256:${sha256(root)}`, learnt: 'here' },
    },
    elsewhere: { ...tool, ...elsewhere, file: 'elsewhere.asc' },
    'elsewhere-minisign': { ...byMinisign, ...elsewhere, file: 'elsewhere-minisign.pub' },
    'elsewhere-cosign': { ...byCosign, ...elsewhere, file: 'elsewhere-cosign.pub' },
  };
  const files = {
    'pins.yaml': Buffer.from(JSON.stringify({ ...pins, anchors })),
    'other.asc': Buffer.from(openpgp.publicKeyArmored),
    'other-minisign.pub': Buffer.from(`untrusted comment: x\n${key}\n`),
    'other-cosign.pub': Buffer.from(pem.export({ type: 'spki', format: 'pem' })),
    'other.json': root,
    'elsewhere.asc': material.trust['tool.asc'],
    'elsewhere-minisign.pub': material.trust['tool-minisign.pub'],
    'elsewhere-cosign.pub': material.trust['tool-cosign.pub'],
  };
  return trustOf({ now: material.now, trust: { ...material.trust, ...files } });
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const trust = await trustWithOthers();

/** Of a specification, by field; of what is vouched for, by path. `documents`: in place of some of the genuine ones. */
type Wrong = readonly [field: string, value: unknown, code: ErrorCode, documents?: Documents];

const stranger = 'https://github.com/stranger/project';
const byWorkflow = (untrusted: ErrorCode = 'SIGNER_UNTRUSTED'): readonly Wrong[] => [
  ['issuer', 'https://accounts.example.org', untrusted],
  ['sourceRepository', stranger, untrusted],
  ['sourceRef', 'refs/heads/main', untrusted],
  ['sourceDigest', '0'.repeat(40), untrusted],
  ['subject values.version', '1.0.1', untrusted],
];
const byIdentity: readonly Wrong[] = [
  ['identity', `${stranger}/.github/workflows/release.yml@refs/tags/v1.0.0`, 'SIGNER_UNTRUSTED'],
  ['identity', 'release@example.org', 'SIGNER_UNTRUSTED'],
  ['signerWorkflow', `${stranger}/.github/workflows/release.yml@refs/tags/v1.0.0`, 'SIGNER_UNTRUSTED'],
  ...byWorkflow(),
];
const named: readonly Wrong[] = [
  ['name', 'other-{arch}', 'EVIDENCE_MISSING'],
  ['subject fileName', 'tool-riscv64', 'EVIDENCE_MISSING'],
];
const bill = {
  ...{ url: 'https://example.org/{tag}/release.spdx', name: 'Release {tag}' },
  ...{ namespace: 'https://example.org/{tag}', path: 'bin/{asset}' },
};
const otherRelease = 'https://github.com/owner/project/releases/download/v1.0.1/tool-amd64';
const replaceable = Buffer.from(
  String(caseOf('github-digest').genuine['github-release']).replace('"immutable":true', '"immutable":false'),
);
const keyed = (field: string, kind: string, code: ErrorCode): readonly Wrong[] => [
  [field, `other${kind}`, code],
  [field, `elsewhere${kind}`, 'SIGNER_UNTRUSTED'],
];

/** By the name of the case whose genuine documents are judged. */
const table: Readonly<Record<string, readonly Wrong[]>> = {
  apt: [
    ['subject package', 'another-tool', 'EVIDENCE_MISSING'],
    ['subject suites.0.suite', 'testing', 'RELEASE_MISMATCH'],
    ['subject suites.0.signedBy', 'other', 'SIGNER_UNTRUSTED'],
    ['subject suites.0.signedBy', 'elsewhere', 'SIGNER_UNTRUSTED'],
    ['subject suites.0.components', ['contrib'], 'EVIDENCE_MISSING'],
    ['subject platform.arch', 'arm64', 'EVIDENCE_MISSING'],
  ],
  'cosign-image': [
    ['identity', 'stranger@example.org', 'SIGNER_UNTRUSTED'],
    ['issuer', 'https://accounts.example.org', 'SIGNER_UNTRUSTED'],
    ['sourceRepository', stranger, 'SIGNER_UNTRUSTED'],
    ['sourceRef', 'refs/heads/main', 'SIGNER_UNTRUSTED'],
    ['sourceDigest', '0'.repeat(40), 'SIGNER_UNTRUSTED'],
    ['signerWorkflow', stranger, 'SIGNER_UNTRUSTED'],
    ['signedAs', 'registry.example.org/pause', 'SUBJECT_MISMATCH'],
  ],
  'cosign-signature': [...byIdentity, ['name', 'other-{arch}', 'EVIDENCE_MISSING']],
  'cosign-blob, over checksums': [...byIdentity, ...named],
  'cosign-key, over checksums with a log': [...keyed('cosignKey', '-cosign', 'SIGNATURE_INVALID'), ...named],
  'cosign-key-bundle, over checksums': [...keyed('cosignKey', '-cosign', 'SIGNATURE_INVALID'), ...named],
  'signed-sbom': [
    ...byIdentity,
    ['name', 'other-{arch}', 'EVIDENCE_MISSING'],
    ['document', { ...bill, name: 'Other {tag}' }, 'SUBJECT_MISMATCH'],
    ['document', { ...bill, namespace: 'https://example.org/{tag}/other' }, 'SUBJECT_MISMATCH'],
    ['document', { ...bill, path: 'other/{asset}' }, 'SUBJECT_MISMATCH'],
  ],
  'in-toto': [
    ...byIdentity,
    ['predicateTypes', ['https://slsa.dev/provenance/v0.2'], 'SUBJECT_MISMATCH'],
    ['subject fileName', 'tool-riscv64', 'SUBJECT_MISMATCH'],
  ],
  'github-attestation': [
    ['workflow', `${stranger}/.github/workflows/release.yml`, 'SIGNER_UNTRUSTED'],
    ...byWorkflow(),
    ['predicateTypes', ['https://slsa.dev/provenance/v0.2'], 'SUBJECT_MISMATCH'],
    ['subject', 'other-{arch}', 'SUBJECT_MISMATCH'],
    ['githubRoot', 'github', 'SIGNER_UNTRUSTED'],
  ],
  'github-attestation, of checksums': [['attests', 'asset', 'SUBJECT_MISMATCH']],
  'github-attestation, of a private repository': [['githubRoot', 'other-github', 'SIGNATURE_INVALID']],
  'github-release-attestation': [
    ['githubRoot', 'other-github', 'SIGNATURE_INVALID'],
    ['subject artifact.url', otherRelease, 'RELEASE_MISMATCH'],
    ['subject fileName', 'tool-riscv64', 'SUBJECT_MISMATCH'],
  ],
  'sigstore-bundle': [...byIdentity, ['name', 'other-{arch}', 'EVIDENCE_MISSING']],
  'sigstore-checksums': [...byIdentity, ...named],
  'openpgp-checksums, beside': [...keyed('signedBy', '', 'SIGNER_UNTRUSTED'), ...named],
  'openpgp-signature': keyed('signedBy', '', 'SIGNER_UNTRUSTED'),
  'minisign, over checksums': [
    ...keyed('minisignKey', '-minisign', 'SIGNATURE_INVALID'),
    ...named,
    ['comment', 'file:{asset}', 'SUBJECT_MISMATCH'],
  ],
  checksum: named,
  'github-digest': [
    ['immutable', true, 'EVIDENCE_MISSING', { 'github-release': replaceable }],
    ['subject fileName', 'tool-riscv64', 'EVIDENCE_MISSING'],
    ['subject artifact.url', otherRelease, 'RELEASE_MISMATCH'],
  ],
  'helm-provenance': [
    ...keyed('signedBy', '', 'SIGNER_UNTRUSTED'),
    ['subject chart.name', 'another', 'EVIDENCE_MISSING'],
    ['subject chart.version', '1.0.1', 'EVIDENCE_MISSING'],
  ],
  'helm-digest': [['subject chart.version', '1.0.1', 'EVIDENCE_MISSING']],
  pinned: [['digests', { '1.0.0': `sha256:${'0'.repeat(64)}` }, 'DIGEST_MISMATCH']],
};

/** Where documents are, and why: these expect nothing of them. */
const places = new Set([
  ...['method', 'checksum', 'checksums', 'signature', 'certificate', 'bundle', 'rekor', 'form'],
  ...['reason', 'without', 'witnesses'],
]);

/** Of the form that a method's specification has, or of each that it can have. */
interface Form {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly anyOf?: readonly Form[];
  readonly oneOf?: readonly Form[];
}

function fieldsOf(schema: z.ZodType): readonly string[] {
  const read = ({ properties = {}, anyOf = [], oneOf = [] }: Form): readonly string[] => [
    ...Object.keys(properties),
    ...[...anyOf, ...oneOf].flatMap(read),
  ];
  return read(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
}

function withValue(object: unknown, path: readonly string[], value: unknown): unknown {
  const [field = '', ...rest] = path;
  const known = (object ?? {}) as Readonly<Record<string, unknown>>;
  const changed = rest.length === 0 ? value : withValue(known[field], rest, value);
  if (Array.isArray(object))
    return object.map((one: unknown, index) => (String(index) === field ? changed : one));
  return { ...known, [field]: changed };
}

/** Genuine ones; checksum files with names, where the material has digests alone. */
function documentsOf(name: string): Documents {
  const { genuine } = caseOf(name);
  return genuine['checksum'] === undefined
    ? genuine
    : { ...genuine, checksum: caseOf('checksum').genuine['checksums'] };
}

function misstate(name: string, [field, value, , documents]: Wrong) {
  const { method, spec, subject } = caseOf(name);
  const [where = '', path] = field.split(' ');
  const wrong =
    path === undefined
      ? { method, subject, spec: { ...spec, [where]: value } }
      : { method, spec, subject: withValue(subject, path.split('.'), value) };
  return judge(wrong, { ...documentsOf(name), ...documents }, trust, material.now);
}

describe.each(Object.entries(table))('%s', (name, wrongs) => {
  it('is accepted as it is', async () => {
    const { result } = await judge(caseOf(name), documentsOf(name), trust, material.now);
    expect(result.digest).toMatch(/^sha256:/);
  });

  it.each(wrongs.map((wrong) => [...wrong.slice(0, 3), wrong] as [string, unknown, ErrorCode, Wrong]))(
    'with another %s (%j) is refused: %s',
    async (_field, _value, code, wrong) => {
      await refusal(misstate(name, wrong), VerificationError, code);
    },
  );
});

describe('the table', () => {
  it.each(methods)('has every expectation that $method can state', ({ method, schema }) => {
    const cases = Object.entries(table).filter(([name]) => caseOf(name).method === method);
    const stated = new Set(cases.flatMap(([, wrongs]) => wrongs.map(([field]) => field)));
    expect(stated.size, `${method} is not in the table`).toBeGreaterThan(0);
    const missing = fieldsOf(schema).filter((field) => !places.has(field) && !stated.has(field));
    expect(missing).toEqual([]);
  });
});
