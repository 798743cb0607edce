/**
 * The versions of TUF metadata that were seen last (`trust/sigstore-tuf.json`): the memory against rollback that other
 * clients have in their cache. Written by assay, reviewed with the anchors; what is missing here is not checked.
 */
import { z } from 'zod';
import { UsageError } from '../../model/errors.ts';
import { check } from '../text/problems.ts';
import { parseStrictJson } from '../text/strict-json.ts';

const versionSchema = z.int().min(1);

const fileSchema = z.strictObject({
  version: z.literal(1),
  root: versionSchema,
  timestamp: versionSchema,
  snapshot: versionSchema,
  targets: versionSchema,
});

/** One version number a role. */
export type TufVersions = Readonly<Omit<z.output<typeof fileSchema>, 'version'>>;

/** Throws UsageError `STATE_INVALID`. */
export function parseTufVersions(bytes: Uint8Array, file: string): TufVersions {
  const invalid = (what: string) =>
    new UsageError('STATE_INVALID', `${file} is not what assay writes there: ${what}`, {
      hint: 'Restore it from version control. Deleting it loses the memory of the newest metadata that was seen.',
    });
  const value = parseStrictJson(bytes, (message, line) => invalid(`${message} (line ${String(line)})`));
  const parsed = check(fileSchema, value, [], []);
  if (parsed === undefined) throw invalid('a version number of each role is expected');
  const { root, timestamp, snapshot, targets } = parsed;
  return { root, timestamp, snapshot, targets };
}

export function renderTufVersions({ root, timestamp, snapshot, targets }: TufVersions): Uint8Array {
  return new TextEncoder().encode(
    `${JSON.stringify({ version: 1, root, timestamp, snapshot, targets }, undefined, 2)}\n`,
  );
}

/**
 * Are the new versions worth a change of the file? The repository signs its timestamp anew every few days and its
 * snapshot now and then; nothing of that is a matter for a review, nor for a memory that guards what targets say.
 */
export function isNewsOfTargets(seen: TufVersions | undefined, found: TufVersions): boolean {
  return seen?.root !== found.root || seen.targets !== found.targets;
}
