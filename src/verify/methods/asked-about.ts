/** Which file a statement has to be about: the released file, or the checksum file that lists it; and by which digest. */
import { fillTemplate, nameFor, type FileNames } from '../../formats/own/template.ts';
import { checksumOf, parseChecksums, type WantedChecksum } from '../../formats/upstream/checksums.ts';
import type { Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import type { EvidenceDocument } from '../../model/verification.ts';
import { digestOf } from '../digest.ts';
import { beside, type Asset, type Documents } from '../method.ts';
import { assetFileOf } from './asset-file.ts';
import { checksumFile } from './checksum-file.ts';

interface AskedSpec {
  readonly checksums?: FileNames;
  readonly attests?: 'asset' | 'checksums';
  readonly subject?: string;
}

/** What checksum file and statement call the file. */
function nameOf(spec: AskedSpec, { fileName, values }: Asset): string {
  return spec.subject === undefined ? fileName : fillTemplate(spec.subject, values);
}

/** Of the checksum file's lines. */
export function wantedOf(spec: AskedSpec, asset: Asset): WantedChecksum {
  const template = nameFor(spec.checksums ?? '', asset.artifact.platform.arch);
  return { name: nameOf(spec, asset), nameless: template.includes('{asset}') };
}

/** What a statement has to be about. */
export interface AskedAbout {
  readonly digest: Digest;
  readonly name: string;
  readonly documents: readonly [EvidenceDocument, ...EvidenceDocument[]];
}

/** Throws as `checksumOf` and `assetFileOf` do, and `ALGORITHM_REFUSED` for a checksum file without SHA-256. */
export function askedAbout(spec: AskedSpec, asset: Asset, documents: Documents): AskedAbout {
  const name = nameOf(spec, asset);
  if (spec.checksums === undefined) return { ...assetFileOf(asset, documents), name };
  const need = beside(asset, checksumFile, spec.checksums);
  const document = documents.of(need);
  if (spec.attests === 'checksums') {
    const ownName = need.url.slice(need.url.lastIndexOf('/') + 1);
    return { digest: digestOf('sha256', document.bytes), name: ownName, documents: [document] };
  }
  const digest = checksumOf(
    parseChecksums(document.bytes, document.url),
    wantedOf(spec, asset),
    document.url,
  );
  if (digest.startsWith('sha256:')) return { digest, name, documents: [document] };
  throw new VerificationError('ALGORITHM_REFUSED', `${document.url} has no SHA-256 of ${name}`, {
    hint: 'GitHub knows attestations by SHA-256: leave "checksums" out, so that the file itself is read.',
  });
}
