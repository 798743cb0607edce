/** Several JSON texts in one document: a JSON text sequence (RFC 7464). Its separator stands in no JSON text. */
const separator = 0x1e;

/** One text alone stays as it is. */
export function joinJsonTexts(texts: readonly Uint8Array[]): Uint8Array {
  const [only] = texts;
  if (only !== undefined && texts.length === 1) return only;
  const newline = Buffer.from('\n');
  return Buffer.concat(texts.flatMap((text) => [Buffer.of(separator), text, newline]));
}

/** What `joinJsonTexts` joined: none of it is parsed. */
export function splitJsonTexts(bytes: Uint8Array): readonly Uint8Array[] {
  if (bytes[0] !== separator) return [bytes];
  const texts: Uint8Array[] = [];
  let start = 1;
  while (start <= bytes.length) {
    const found = bytes.indexOf(separator, start);
    const end = found === -1 ? bytes.length : found;
    texts.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return texts;
}
