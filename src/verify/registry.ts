/** Every verification method, by the name that the catalogue uses. The catalogue's schema follows from this list. */
import type { VerificationMethod } from './method.ts';
import { apt } from './methods/apt.ts';
import { checksum } from './methods/checksum.ts';
import { cosignBlob } from './methods/cosign-blob.ts';
import { cosignKeyBundle } from './methods/cosign-key-bundle.ts';
import { cosignByKey } from './methods/cosign-key.ts';
import { cosignImage } from './methods/cosign-image.ts';
import { cosignSignature } from './methods/cosign-signature.ts';
import { githubAttestation } from './methods/github-attestation.ts';
import { githubDigest } from './methods/github-digest.ts';
import { githubReleaseAttestation } from './methods/github-release-attestation.ts';
import { helmDigest } from './methods/helm-digest.ts';
import { helmProvenance } from './methods/helm-provenance.ts';
import { inToto } from './methods/in-toto.ts';
import { minisign } from './methods/minisign.ts';
import { openpgpChecksums } from './methods/openpgp-checksums.ts';
import { openpgpSignature } from './methods/openpgp-signature.ts';
import { pinned } from './methods/pinned.ts';
import { sigstoreBundle } from './methods/sigstore-bundle.ts';
import { sigstoreChecksums } from './methods/sigstore-checksums.ts';
import { signedSbom } from './methods/signed-sbom.ts';
import { withWitnesses } from './witnesses.ts';

// A method is generic in its own specification and subject; the catalogue was parsed by that method's schema, and pairs
// it with a source whose subjects it takes.
type AnyMethod = VerificationMethod<unknown, unknown>;
const any = <Spec, Subject>(method: VerificationMethod<Spec, Subject>) => method as unknown as AnyMethod;

/** Those that fit files of a release. */
const releaseMethods: readonly AnyMethod[] = withWitnesses([
  any(cosignSignature),
  any(cosignBlob),
  any(cosignByKey),
  any(cosignKeyBundle),
  any(signedSbom),
  any(inToto),
  any(githubAttestation),
  any(githubReleaseAttestation),
  any(sigstoreBundle),
  any(sigstoreChecksums),
  any(openpgpChecksums),
  any(openpgpSignature),
  any(minisign),
  any(checksum),
  any(githubDigest),
]).map(any);

/** Those of releases on GitHub. */
export const githubMethodNames: readonly string[] = [
  ...releaseMethods.map(({ method }) => method),
  pinned.method,
];

export const releaseMethodNames: readonly string[] = githubMethodNames.filter(
  (method) => ![githubDigest.method, githubReleaseAttestation.method].includes(method),
);

/** Those that fit charts. */
const chartMethods: readonly AnyMethod[] = [any(helmProvenance), any(helmDigest), any(pinned)];

export const chartMethodNames: readonly string[] = chartMethods.map(({ method }) => method);

export const methods: readonly AnyMethod[] = [any(apt), any(cosignImage), ...releaseMethods, ...chartMethods];

/** The catalogue has checked the name. */
export function methodOf(name: string): AnyMethod {
  const found = methods.find(({ method }) => method === name);
  if (found === undefined) throw new TypeError(`no verification method ${name}`);
  return found;
}
