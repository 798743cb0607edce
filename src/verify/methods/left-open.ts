/** What the proof of a released file leaves open about its release and its size. */
import { hasRelease } from '../../formats/own/template.ts';
import type { Asset, Matter } from '../method.ts';
import { nothingNewer, sizeUnsigned, versionUnsigned, type Trail } from '../trail.ts';
import { isAssetRead } from './asset-file.ts';

/** `compared`: templates of names, identities and refs that were compared, exactly, with what is signed. */
export function leaveRelease(
  trail: Trail,
  { namesRelease }: Pick<Asset, 'namesRelease'>,
  ...compared: readonly (string | undefined)[]
): void {
  const hasVersion = (template = '') =>
    hasRelease(template) || (namesRelease === true && template.includes('{asset}'));
  trail.leaves(...nothingNewer);
  if (!compared.some(hasVersion)) trail.leaves(...versionUnsigned);
}

/** A file that is at hand itself was measured. */
export function leaveSize({
  subject,
  documents,
  trail,
}: Pick<Matter<unknown, Asset>, 'subject' | 'documents' | 'trail'>): void {
  if (!isAssetRead(subject, documents)) trail.leaves(...sizeUnsigned);
}

/** Of a large file, whose digests alone were kept. */
export function leaveOneFile(trail: Trail, signed: string): void {
  trail.leaves(
    `that the file with this SHA-256 has the ${signed} that was signed`,
    'the file is too large to be kept; both were taken of it when this was judged first',
  );
}
