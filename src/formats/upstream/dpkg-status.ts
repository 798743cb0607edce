/** `/var/lib/dpkg/status` of an image: which packages are installed in it, and what they provide. */
import { isBlankByte, parseStanza } from './deb822.ts';
import { packageFactsOf, type PackageFacts } from './debian-relations.ts';

/** dpkg takes what waits for triggers as installed; what is unpacked only, or half configured, satisfies nothing. */
const installed = /^\S+ \S+ (?:installed|triggers-pending|triggers-awaited)$/;

/** Throws VerificationError `EVIDENCE_MALFORMED`. */
export function parseDpkgStatus(bytes: Uint8Array, file: string): readonly PackageFacts[] {
  return stanzasOf(bytes).flatMap((text) => {
    const stanza = parseStanza(text, file);
    const isThere = installed.test(stanza.get('status')?.value ?? '');
    return isThere ? [packageFactsOf(stanza, `${file}: ${stanza.get('package')?.value ?? ''}`)] : [];
  });
}

function stanzasOf(bytes: Uint8Array): readonly Uint8Array[] {
  const stanzas: Uint8Array[] = [];
  let [start, lineStart, isBlank] = [0, 0, true];
  for (let at = 0; at <= bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte !== 0x0a && byte !== undefined) {
      if (!isBlankByte(byte) && byte !== 0x0d) isBlank = false;
      continue;
    }
    if (isBlank || byte === undefined) {
      if (start < lineStart || !isBlank) stanzas.push(bytes.subarray(start, isBlank ? lineStart : at));
      start = at + 1;
    }
    [lineStart, isBlank] = [at + 1, true];
  }
  return stanzas;
}
