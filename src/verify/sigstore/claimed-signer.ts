/**
 * Whose signature evidence claims to be, before anything of it is verified: what a person is shown who has no identity to
 * compare with yet. It proves nothing. Only what is verified against the identity that came of it counts.
 */
import { VerificationError } from '../../model/errors.ts';
import type { EvidenceDocument } from '../../model/verification.ts';
import { parseBareEnvelope } from './bare-envelope.ts';
import { findBundles } from './bundle-file.ts';
import { parseBundle, type SigstoreBundle } from './bundle.ts';
import { readClaims } from './certificate-claims.ts';
import { listedAttestations } from './github-attestations.ts';
import { orRefusal } from './refusals.ts';
import { parseDetached, type DetachedFiles } from './rekor.ts';
import { parseCertificate } from './x509/certificate.ts';

export interface ClaimedSigner {
  /** The certificate's one name. */
  readonly identity: string;
  readonly issuer: string;
  /** `https://github.com/owner/name`; undefined where it is no workflow. */
  readonly sourceRepository: string | undefined;
  readonly sourceRef: string | undefined;
}

/** Of a file of bundles, or of an envelope with its certificate: each once. Those that cannot be read claim nothing. */
export function signersInBundles(bytes: Uint8Array, what: string): readonly ClaimedSigner[] {
  const envelope = ignoring(() => parseBareEnvelope(bytes, what));
  if (envelope !== undefined) return distinct([ignoring(() => signerIn(envelope.certificate, what))]);
  const bundles = ignoring(() => findBundles(bytes, what)) ?? [];
  return distinct(bundles.map(({ read }) => ignoring(() => signerOfBundle(read()))));
}

/** Of GitHub's answer about a digest: of bundles that stand in it. */
export function signersInAttestations(
  answer: Pick<EvidenceDocument, 'bytes' | 'url'>,
): readonly ClaimedSigner[] {
  const listed = ignoring(() => listedAttestations(answer)) ?? [];
  return distinct(
    listed.map(({ what, bundle }) =>
      ignoring(() => signerOfBundle(parseBundle(Buffer.from(JSON.stringify(bundle ?? null)), what))),
    ),
  );
}

/** Of a certificate beside a detached signature. */
export function signerOfDetached(files: DetachedFiles): readonly ClaimedSigner[] {
  return distinct([ignoring(() => signerIn(parseDetached(files).certificate, files.what))]);
}

function signerOfBundle({ bundle, what }: SigstoreBundle): ClaimedSigner | undefined {
  const { content } = bundle.verificationMaterial;
  if (content.$case === 'publicKey') return undefined;
  const der =
    content.$case === 'certificate'
      ? content.certificate.rawBytes
      : content.x509CertificateChain.certificates[0]?.rawBytes;
  return der && signerIn(der, what);
}

function signerIn(der: Uint8Array, what: string): ClaimedSigner | undefined {
  const claims = readClaims(parseCertificate(der, what), what);
  const [name] = claims.names;
  const [issuer] = claims.issuers;
  if (name === undefined || name.type === 'other' || issuer === undefined) return undefined;
  const [sourceRepository] = claims.sourceRepositories;
  const [sourceRef] = claims.sourceRefs;
  return { identity: name.value, issuer, sourceRepository, sourceRef };
}

function ignoring<T>(read: () => T): T | undefined {
  const given = orRefusal(read);
  return given instanceof VerificationError ? undefined : given;
}

function distinct(signers: readonly (ClaimedSigner | undefined)[]): readonly ClaimedSigner[] {
  const byText = new Map(signers.flatMap((one) => (one ? [[JSON.stringify(one), one] as const] : [])));
  return [...byText.values()];
}
