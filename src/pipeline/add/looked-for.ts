/** What `add` looks for beside a release's files, for people. */
import type { Candidate } from './candidates.ts';

const lookedFor: readonly (readonly [what: string, methods: readonly string[]])[] = [
  ['attestation by GitHub', ['github-attestation']],
  ['SLSA provenance', ['in-toto']],
  ['Sigstore bundle', ['sigstore-bundle', 'sigstore-checksums']],
  ['cosign signature', ['cosign-blob', 'cosign-key']],
  ['minisign signature', ['minisign']],
  ['OpenPGP signature', ['openpgp-checksums', 'openpgp-signature']],
  ["GitHub's attestation of the release", ['github-release-attestation']],
  ['checksum file', ['checksum']],
  ["GitHub's own digest", ['github-digest']],
];

/** What was looked for among the names, and is not there. */
export function notThere(candidates: readonly Candidate[]): readonly string[] {
  const methods = candidates.map(({ verification }) => String(verification['method']));
  return lookedFor.flatMap(([what, own]) => (own.some((one) => methods.includes(one)) ? [] : [what]));
}
