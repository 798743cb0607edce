/**
 * The same Sigstore material for two judges, cosign and assay: genuine, and wrong in one way each. Everything is
 * signed by a throwaway Sigstore; what a log or an authority could only say with its own key is said with it.
 */
import { createAuthority, type CertificateRequest } from '../../scripts/upstream/sigstore/authority.ts';
import { toPem } from '../../scripts/upstream/sigstore/certificate.ts';
import { createCtLog } from '../../scripts/upstream/sigstore/ct-log.ts';
import * as faults from '../../scripts/upstream/sigstore/entry-faults.ts';
import { createSigstore, type Sigstore } from '../../scripts/upstream/sigstore/instance.ts';
import type { Tamper } from '../../scripts/upstream/sigstore/rekor-api.ts';
import * as renderings from '../../scripts/upstream/sigstore/renderings.ts';
import {
  renderStatement,
  sha256Of,
  signBlob,
  signEnvelope,
  type SignedBlob,
  type SigningRequest,
  type StatementOptions,
  type Subject,
} from '../../scripts/upstream/sigstore/signing.ts';
import type { LogEntry } from '../../scripts/upstream/sigstore/transparency-log.ts';
import { flipBit } from '../../scripts/upstream/bits.ts';
import { pathVariants } from './cosign-path-variants.ts';
import type { BundleVariant, DetachedVariant, Variant } from './cosign-variant.ts';

const validFrom = new Date('2026-01-01T00:00:00Z');
const at = new Date('2026-11-20T10:00:00Z');
export const sigstore = createSigstore({ validFrom });
const foreign = createSigstore({ validFrom });
const { rekor } = sigstore;

export const artifactName = 'tool.tar.gz';
const artifact = Buffer.from('the bytes of a tool\n');
const otherArtifact = Buffer.from('the bytes of another tool\n');
const who = { identity: 'release@example.org', issuer: 'https://accounts.example.org' };
const workflow = {
  identity: 'https://github.com/owner/project/.github/workflows/release.yml@refs/tags/v1.0.0',
  issuer: 'https://token.actions.githubusercontent.com',
};

function sign(
  request: Partial<SigningRequest> = {},
  bytes = artifact,
  from: Sigstore = sigstore,
): SignedBlob {
  return signBlob(from, sha256Of(bytes), { ...who, at, ...request });
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

const genuine = sign();

function firstOf<T>(make: () => T, isWanted: (made: T) => boolean): T {
  for (;;) {
    const made = make();
    if (isWanted(made)) return made;
  }
}

/** The last bits, which stand for nothing, are not zero. */
function looseBase64(bytes: Buffer): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  return base64(bytes).replace(/(.)(=+)$/, (_end, last: string, padding: string) => {
    return `${alphabet.charAt(alphabet.indexOf(last) + 1)}${padding}`;
  });
}

function detached(
  name: string,
  signed: SignedBlob = genuine,
  changes: Partial<Omit<DetachedVariant, 'kind' | 'name'>> = {},
): DetachedVariant {
  const signature = renderings.detachedSignature(signed);
  const certificate = renderings.detachedCertificate(signed);
  return { kind: 'detached', name, artifact, ...who, signature, certificate, ...changes };
}

/** Each entry that Rekor found is changed. */
function entries(change: (entry: LogEntry) => LogEntry): { tamper: Tamper } {
  return { tamper: (found) => found.map(change) };
}

function certified(name: string, certificate: Partial<CertificateRequest>): DetachedVariant {
  return detached(name, sign({ certificate }));
}

/** One whose base64 ends in padding, and so in bits that nobody should look at. */
const padded = firstOf(
  () => sign(),
  ({ signature }) => signature.length % 3 !== 0,
);
const late = new Date('2026-11-20T10:10:01Z');

const detachedVariants: readonly DetachedVariant[] = [
  detached('genuine'),
  detached('genuine, by a workflow', sign(workflow), workflow),
  detached('another artifact', genuine, { artifact: otherArtifact }),
  detached('an artifact with one bit flipped', genuine, { artifact: flipBit(artifact, 5) }),
  detached('a signature with one bit flipped', genuine, {
    signature: base64(flipBit(genuine.signature, 200)),
  }),
  detached('a signature of another artifact', genuine, {
    signature: renderings.detachedSignature(sign({}, otherArtifact)),
  }),
  detached('a certificate of another signature', genuine, {
    certificate: renderings.detachedCertificate(sign()),
  }),
  detached('a signature with a newline at its end', genuine, {
    signature: `${renderings.detachedSignature(genuine)}\n`,
  }),
  detached('a signature in two lines', genuine, {
    signature: renderings.detachedSignature(genuine).replace(/^.{40}/, '$&\n'),
  }),
  detached('a signature with spaces around it', genuine, {
    signature: ` ${renderings.detachedSignature(genuine)} `,
  }),
  detached('a signature in base64 that is not canonical', padded, {
    signature: looseBase64(padded.signature),
  }),
  detached('a certificate in PEM, without base64', genuine, { certificate: toPem(genuine.certificate) }),
  detached('a certificate in DER, in base64', genuine, { certificate: base64(genuine.certificate) }),
  detached('an empty signature', genuine, { signature: '' }),

  detached('another identity', genuine, { identity: 'evil@example.org' }),
  detached('a prefix of the identity', genuine, { identity: 'release@example' }),
  detached('a suffix of the identity', genuine, { identity: 'elease@example.org' }),
  detached('a pattern that matches the identity', genuine, { identity: 'release@.*' }),
  detached('the identity in capitals', genuine, { identity: 'RELEASE@example.org' }),
  detached('another issuer', genuine, { issuer: 'https://accounts.example.com' }),
  detached('the issuer with a slash at its end', genuine, { issuer: `${who.issuer}/` }),
  detached(
    'an e-mail address in a URI name',
    sign({
      certificate: { alternativeNames: [{ type: 'uri', value: 'release@example.org' }] },
    }),
  ),
  certified('a second name beside the right one', {
    alternativeNames: [
      { type: 'email', value: who.identity },
      { type: 'email', value: 'evil@example.org' },
    ],
  }),
  certified('the right name as the second', {
    alternativeNames: [
      { type: 'uri', value: 'https://evil.example' },
      { type: 'email', value: who.identity },
    ],
  }),
  certified('no issuer', { claims: { 1: undefined, 8: undefined } }),
  certified('the issuer in its old extension alone', { claims: { 8: undefined } }),
  certified('the issuer in its new extension alone', { claims: { 1: undefined } }),
  certified('another issuer in the new extension', { claims: { 8: 'https://evil.example' } }),
  certified('another issuer in the old extension', { claims: { 1: 'https://evil.example' } }),

  certified('a certificate for servers', { purpose: 'server' }),
  certified('no certificate timestamp', { ctLogs: [] }),
  certified('a certificate timestamp of an unknown log', { ctLogs: [createCtLog()] }),
  certified('an unknown log beside the right one', { ctLogs: [createCtLog(), sigstore.ctLog] }),
  detached(
    'another authority',
    sign({}, artifact, {
      ...sigstore,
      authority: createAuthority(validFrom, sigstore.ctLog),
    }),
  ),

  detached('not logged', sign({ log: 'none' })),
  detached('logged elsewhere', sign({}, artifact, { ...sigstore, rekor: foreign.rekor })),
  detached('the entry of another signature', genuine, { tamper: () => sign().entries }),
  detached('an entry without a promise', genuine, entries(faults.withoutPromise)),
  detached('an entry without a proof', genuine, entries(faults.withoutProof)),
  detached('a proof with another hash', genuine, entries(faults.withChangedHash)),
  detached('a proof with another root', genuine, entries(faults.withOtherRoot)),
  detached('a proof with another tree size', genuine, entries(faults.withOtherTreeSize)),
  detached(
    'a checkpoint over another root',
    genuine,
    entries((entry) => faults.withCheckpoint(entry, rekor, { rootHash: Buffer.alloc(32) })),
  ),
  detached(
    'a checkpoint over another size',
    genuine,
    entries((entry) => faults.withCheckpoint(entry, rekor, { treeSize: 3 })),
  ),
  detached(
    'a checkpoint by a hostile name',
    genuine,
    entries((entry) => faults.withCheckpoint(entry, rekor, { signerName: '(r+)+\\.' })),
  ),
  detached(
    'a checkpoint of another origin',
    genuine,
    entries((entry) => faults.withCheckpoint(entry, rekor, { origin: 'evil.example' })),
  ),
  detached(
    "another log's checkpoint",
    genuine,
    entries((entry) => faults.withForeignCheckpoint(entry, foreign.rekor)),
  ),
  detached(
    'a time that was not promised',
    genuine,
    entries((entry) => ({
      ...entry,
      integratedTime: entry.integratedTime + 1,
    })),
  ),
  detached(
    'an index that was not promised',
    genuine,
    entries((entry) => ({
      ...entry,
      logIndex: entry.logIndex + 1,
    })),
  ),
  detached('logged as the certificate began', sign({ loggedAt: at })),
  detached('logged a second before that', sign({ loggedAt: new Date(at.getTime() - 1000) })),
  detached('logged as the certificate ended', sign({ loggedAt: new Date('2026-11-20T10:10:00Z') })),
  detached('logged a second after that', sign({ loggedAt: late })),
  detached('two entries, the first too late', genuine, {
    tamper: (found) => [...found.map((entry) => faults.withTime(entry, rekor, late)), ...found],
  }),
  detached('the same entry twice', genuine, { tamper: (found) => [...found, ...found] }),
];

function bundled(
  name: string,
  signed: SignedBlob = genuine,
  changes: Partial<Omit<BundleVariant, 'kind' | 'name'>> = {},
): BundleVariant {
  return { kind: 'bundle', name, artifact, ...who, bundle: renderings.blobBundle(signed), ...changes };
}

/** The bundle's only entry is changed. */
function bundledEntry(name: string, change: (entry: LogEntry) => LogEntry): BundleVariant {
  return bundled(name, { ...genuine, entries: genuine.entries.map(change) });
}

const bundleVariants: readonly BundleVariant[] = [
  bundled('genuine'),
  bundled('genuine, in Rekor v2', sign({ log: 'v2' })),
  bundled('another artifact', genuine, { artifact: otherArtifact }),
  bundled('another identity', genuine, { identity: 'evil@example.org' }),
  bundled('another issuer', genuine, { issuer: 'https://accounts.example.com' }),
  bundled('the digest of another artifact', { ...genuine, sha256: sha256Of(otherArtifact) }),
  bundled('a signature of another artifact', { ...genuine, signature: sign({}, otherArtifact).signature }),
  bundled('a certificate of another signature', { ...genuine, certificate: sign().certificate }),
  bundled('no entry', sign({ log: 'none' })),
  bundled('the entry of another signature', { ...genuine, entries: sign().entries }),
  bundled('the same entry twice', { ...genuine, entries: [...genuine.entries, ...genuine.entries] }),
  bundledEntry('an entry without a promise', faults.withoutPromise),
  bundledEntry('an entry without a proof', faults.withoutProof),
  bundledEntry('a proof with another hash', faults.withChangedHash),
  bundledEntry('a proof with another root', faults.withOtherRoot),
  bundledEntry('a proof with another tree size', faults.withOtherTreeSize),
  bundledEntry('a checkpoint over another root', (entry) =>
    faults.withCheckpoint(entry, rekor, { rootHash: Buffer.alloc(32) }),
  ),
  bundledEntry('a checkpoint by a hostile name', (entry) =>
    faults.withCheckpoint(entry, rekor, { signerName: '(r+)+\\.' }),
  ),
  bundledEntry("another log's checkpoint", (entry) => faults.withForeignCheckpoint(entry, foreign.rekor)),
  bundledEntry('a time that was not promised', (entry) => ({
    ...entry,
    integratedTime: entry.integratedTime + 1,
  })),
  bundled('logged a second after the certificate ended', sign({ loggedAt: late })),
  bundled(
    'another authority',
    sign({}, artifact, {
      ...sigstore,
      authority: createAuthority(validFrom, sigstore.ctLog),
    }),
  ),
  bundled('no certificate timestamp', sign({ certificate: { ctLogs: [] } })),
  bundled('an unknown media type', genuine, {
    bundle: renderings.blobBundle(genuine).replace('bundle.v0.3+json', 'bundle.v9.9+json'),
  }),
  bundled('a field that nobody knows', genuine, {
    bundle: renderings.blobBundle(genuine).replace('{', '{"surprise":1,'),
  }),
  bundled('cut off in the middle', genuine, { bundle: renderings.blobBundle(genuine).slice(0, 500) }),
];

function legacy(
  name: string,
  signed: SignedBlob = genuine,
  changes: Partial<BundleVariant> = {},
): BundleVariant {
  const bundle = renderings.legacyBundle(signed);
  return { ...bundled(name, signed, { bundle, ...changes }), kind: 'legacy' };
}

const legacyVariants: readonly BundleVariant[] = [
  legacy('genuine'),
  legacy('another artifact', genuine, { artifact: otherArtifact }),
  legacy('another identity', genuine, { identity: 'evil@example.org' }),
  legacy('no entry', sign({ log: 'none' })),
  legacy('the entry of another signature', { ...genuine, entries: sign().entries }),
  legacy('no promise', { ...genuine, entries: genuine.entries.map(faults.withoutPromise) }),
  legacy('logged a second after the certificate ended', sign({ loggedAt: late })),
];

const subject: Subject = { name: artifactName, digest: { sha256: sha256Of(artifact).toString('hex') } };
const otherSubject: Subject = {
  name: 'other.tar.gz',
  digest: { sha256: sha256Of(otherArtifact).toString('hex') },
};

function attested(
  name: string,
  subjects: readonly Subject[] = [otherSubject, subject],
  options: StatementOptions & { readonly payloadType?: string } = {},
  changes: Partial<SigningRequest> & Partial<BundleVariant> = {},
): BundleVariant {
  const { payloadType, ...statement } = options;
  const type = payloadType === undefined ? {} : { payloadType };
  const payload = renderStatement(subjects, statement);
  const signed = signEnvelope(sigstore, payload, { ...workflow, at, ...type, ...changes });
  return {
    kind: 'attestation',
    name,
    artifact,
    ...workflow,
    bundle: renderings.envelopeBundle(signed),
    ...changes,
  };
}

const attestationVariants: readonly BundleVariant[] = [
  attested('genuine'),
  attested('genuine, in Rekor v2', undefined, {}, { log: 'v2' }),
  attested('a statement of version 0.1', undefined, { type: 'https://in-toto.io/Statement/v0.1' }),
  attested('another artifact', undefined, {}, { artifact: Buffer.from('a third tool\n') }),
  attested('our digest under another name', [{ ...subject, name: 'other.tar.gz' }]),
  attested('our name with another digest', [{ ...otherSubject, name: artifactName }]),
  attested('our digest without a name', [{ digest: subject.digest }]),
  attested('no subjects', []),
  attested('another type of statement', undefined, { type: 'https://example.org/Statement/v1' }),
  attested('another predicate', undefined, { predicateType: 'https://spdx.dev/Document' }),
  attested('another type of payload', undefined, { payloadType: 'application/json' }),
];

export const variants: readonly Variant[] = [
  ...detachedVariants,
  ...bundleVariants,
  ...pathVariants,
  ...legacyVariants,
  ...attestationVariants,
];
