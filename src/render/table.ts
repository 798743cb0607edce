/** Tables for terminals, and how they name who vouched. */

/** Of who vouched, as it is verified or as it was kept. */
type NamedSigner =
  | { readonly method: 'sigstore'; readonly identity: string }
  | { readonly method: 'openpgp'; readonly primaryFingerprint: string; readonly anchor?: string }
  | { readonly method: 'public-key'; readonly fingerprint: string; readonly anchor?: string };

/** As the pins name it, and whole: the end of a fingerprint can be had by others, too. */
export function signerName(signer: NamedSigner): string {
  if (signer.method === 'sigstore') return signer.identity;
  const key = signer.method === 'openpgp' ? signer.primaryFingerprint : signer.fingerprint;
  return [signer.anchor ?? [], key].flat().join(' ');
}

/** Lines; the first row is the head. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), 0),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
