/** The committed trust anchors against their pins, without the network. */
import type { TrustAnchor } from '../../formats/own/trust-pins.ts';
import { VerificationError } from '../../model/errors.ts';
import type { FileStore, Reporter } from '../../model/ports.ts';
import { namingDocument } from '../../verify/naming.ts';
import type { KeyReport } from '../../model/openpgp-key.ts';
import { verifyKeyBlock } from '../../verify/openpgp/key-block.ts';
import { notThere, readPinnedRoot, readPins } from './anchors.ts';
import { readPinnedTufRoot } from './tuf-root.ts';

interface AnchorStanding {
  readonly name: string;
  readonly file: string;
}

export type AnchorReport = AnchorStanding &
  /** A trusted root has no keys with an owner and a date of their own: it is the pinned file, or it is refused. */
  (
    | { readonly status: 'good'; readonly keys: readonly KeyReport[] }
    /** Keys that are pinned, but not committed yet. */
    | { readonly status: 'missing' }
    | { readonly status: 'refused'; readonly error: VerificationError }
  );

interface RequireOptions {
  /** By name. */
  readonly wanted: ReadonlySet<string>;
  /** The time to judge by. */
  readonly now: Date;
  readonly reporter: Pick<Reporter, 'warn'>;
}

/** Throws UsageError `TRUST_INVALID`, `FILE_UNREADABLE`. What is wrong with an anchor is in its report. */
export async function checkTrust(
  trustDir: string,
  files: FileStore,
  now: Date,
): Promise<readonly AnchorReport[]> {
  const { anchors } = await readPins(trustDir, files);
  const reports: AnchorReport[] = [];
  for (const [name, anchor] of Object.entries(anchors)) {
    const file = `${trustDir}/${anchor.file}`;
    const bytes = await files.read(file);
    if (bytes === undefined) {
      reports.push({ name, file, ...standingOfMissing(name, anchor, file) });
      continue;
    }
    try {
      reports.push({
        name,
        file,
        status: 'good',
        keys: await keysOf(anchor, bytes, file, { trustDir, files, now }),
      });
    } catch (error) {
      if (!(error instanceof VerificationError)) throw error;
      reports.push({ name, file, status: 'refused', error });
    }
  }
  return reports;
}

/**
 * Keys that are pinned can be fetched when they are needed, and have to be the pinned ones. The trusted root is never
 * fetched by who relies on it: without its file there is no anchor.
 */
function standingOfMissing(name: string, { type }: TrustAnchor, file: string) {
  if (type === 'openpgp') return { status: 'missing' } as const;
  return { status: 'refused', error: notThere('the trusted root', name, file) } as const;
}

async function keysOf(
  anchor: TrustAnchor,
  bytes: Uint8Array,
  file: string,
  { trustDir, files, now }: { readonly trustDir: string; readonly files: FileStore; readonly now: Date },
): Promise<readonly KeyReport[]> {
  if (anchor.type === 'openpgp') {
    return (await namingDocument(file, () => verifyKeyBlock(bytes, anchor, now))).keys;
  }
  readPinnedRoot(bytes, anchor, file);
  await readPinnedTufRoot(trustDir, files, anchor);
  return [];
}

/**
 * The committed anchors against their pins, before anything relies on one of them: an edited key file is refused even
 * where nothing is new upstream, and this run would not have asked for it. One that none of the `wanted` entries names
 * is only warned of; who asks for it is still refused. Throws as `checkTrust` does, and what refuses the first bad
 * anchor that is wanted.
 */
export async function requireCommitted(
  trustDir: string,
  files: FileStore,
  { wanted, now, reporter }: RequireOptions,
): Promise<void> {
  const reports = await checkTrust(trustDir, files, now);
  const refused = reports.flatMap((report) => (report.status === 'refused' ? [report] : []));
  const vetoing = refused.find(({ name }) => wanted.has(name));
  if (vetoing !== undefined) throw vetoing.error;
  for (const { name, error } of refused) {
    reporter.warn(`no entry of this run needs the anchor ${name}, which is refused: ${error.message}`);
  }
}
