/** `/var/lib/dpkg/status` of an image: which packages are installed in it, and what they provide. */
import { parseStanza, stanzasOf } from './deb822.ts';
import { packageFactsOf, type PackageFacts } from './debian-relations.ts';

/** dpkg takes what waits for triggers as installed; what is unpacked only, or half configured, satisfies nothing. */
const installed = /^\S+ \S+ (?:installed|triggers-pending|triggers-awaited)$/;

/** Throws VerificationError `EVIDENCE_MALFORMED`. */
export function parseDpkgStatus(bytes: Uint8Array, file: string): readonly PackageFacts[] {
  return stanzasOf(bytes).flatMap((one) => {
    const stanza = parseStanza(one, file);
    const isThere = installed.test(stanza.get('status')?.value ?? '');
    return isThere ? [packageFactsOf(stanza, `${file}: ${stanza.get('package')?.value ?? ''}`)] : [];
  });
}
