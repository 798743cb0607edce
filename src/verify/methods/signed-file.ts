/** What of a release is signed: a checksum file with a line for the file, or the released file itself. */
import type { z } from 'zod';
import { fileNamesSchema } from '../../formats/own/template.ts';
import type { Digest } from '../../model/digest.ts';
import type { FileNeed } from '../../model/need.ts';
import { beside, type Asset, type Documents, type Matter } from '../method.ts';
import { assetFileOf, assetNeeds, blake2bOf, type AssetFile } from './asset-file.ts';
import { checksumFile, checksumNameShape, linkChecksum, wantedChecksum } from './checksum-file.ts';

export const signedFileShape = {
  checksums: fileNamesSchema
    .exactOptional()
    .describe(
      'template: the checksum file beside the asset that is signed. Without it the asset itself is, and a run reads it whole',
    ),
  ...checksumNameShape,
};

type Spec = z.output<z.ZodObject<typeof signedFileShape>>;

/** The checksum file; undefined where the released file itself is signed. */
export function checksumsOf({ checksums }: Pick<Spec, 'checksums'>, asset: Asset): FileNeed | undefined {
  return checksums === undefined ? undefined : beside(asset, checksumFile, checksums);
}

/** What has to be at hand for `signedFileOf`, and is not. */
export function signedFileNeeds(
  spec: Pick<Spec, 'checksums'>,
  asset: Asset,
  documents: Documents,
): readonly FileNeed[] {
  const checksums = checksumsOf(spec, asset);
  if (checksums === undefined) return assetNeeds(asset, documents);
  return documents.has(checksums) ? [] : [checksums];
}

/** Throws as `assetFileOf` does. */
export function signedFileOf(spec: Pick<Spec, 'checksums'>, asset: Asset, documents: Documents): AssetFile {
  const checksums = checksumsOf(spec, asset);
  if (checksums === undefined) return assetFileOf(asset, documents);
  const document = documents.of(checksums);
  const { digest, bytes } = document;
  return { digest, bytes, blake2b: blake2bOf(bytes), documents: [document], isKept: true };
}

/** The released file's digest, by what is signed: the file, or its line. Throws as `linkChecksum` does. */
export async function digestBySigned(
  { spec, subject, trail }: Pick<Matter<Spec, Asset>, 'spec' | 'subject' | 'trail'>,
  signed: AssetFile,
): Promise<Digest> {
  if (spec.checksums === undefined) return signed.digest;
  const [document] = signed.documents;
  return linkChecksum(trail, document, document.bytes, wantedChecksum(spec, subject, false));
}
