/** How what is printed names who vouched: as it is verified, or as it was kept. */

type NamedSigner =
  | { readonly method: 'sigstore'; readonly identity: string; readonly anchor?: undefined }
  | { readonly method: 'openpgp'; readonly primaryFingerprint: string; readonly anchor?: string }
  | { readonly method: 'public-key'; readonly fingerprint: string; readonly anchor?: string };

/** Whole: the end of a fingerprint can be had by others, too. */
export function signerText(signer: NamedSigner): string {
  if (signer.method === 'sigstore') return signer.identity;
  return signer.method === 'openpgp' ? signer.primaryFingerprint : signer.fingerprint;
}

/** With the name that the pins have for its anchor. */
export function signerName(signer: NamedSigner): string {
  return [signer.anchor ?? [], signerText(signer)].flat().join(' ');
}
