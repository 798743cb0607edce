/** Which evidence is about which entry of a manifest. */
import { withoutEpoch } from '../upstream/debian-version.ts';
import { VerificationError } from '../../model/errors.ts';
import type { EvidenceEntry, EvidenceFile } from './evidence.ts';
import type { SlottedEntry } from './manifest-entries.ts';

/**
 * Undefined where there is none. Evidence has the catalogue's names: of an image, and of the OS image, the manifest does
 * not say them. Throws VerificationError `SUBJECT_MISMATCH` where what is kept under the entry's name is about other bytes.
 */
export function evidenceAbout(slotted: SlottedEntry, evidence: EvidenceFile): EvidenceEntry | undefined {
  const { name, entry } = slotted;
  const found = find(slotted, evidence);
  if (found === undefined) return undefined;
  const isOther =
    found.digest !== entry.digest ||
    found.url !== entry.url ||
    found.size !== entry.size ||
    (slotted.slot !== 'image' && withoutEpoch(found.version) !== entry.version);
  if (!isOther) return found;
  throw new VerificationError(
    'SUBJECT_MISMATCH',
    `${name}: its evidence is about ${found.url} with the digest ${found.digest}, expected ${entry.url} with ${String(entry.digest)}`,
    {
      hint: 'One of the two files was edited, or is of another revision: restore both from version control.',
      context: { name, expected: entry.digest, found: found.digest },
    },
  );
}

function find({ slot, name, entry }: SlottedEntry, evidence: EvidenceFile): EvidenceEntry | undefined {
  if (slot === 'stub') return undefined;
  if (slot === 'dependency') return Object.hasOwn(evidence, name) ? evidence[name] : undefined;
  return Object.values(evidence).find(
    ({ question, url }) => question.type === entry.type && (slot === 'os-image' || url === entry.url),
  );
}
