/**
 * The update of one anchor of OpenPGP keys: fetch, check, compare. Nothing is written here.
 *
 * Every source of the anchor has to answer, and with the same keys: who controls one of several can then neither add
 * a key nor hold back a revocation that another one publishes.
 */
import { setList } from '../formats/edit-pins.ts';
import type { OpenpgpAnchor } from '../formats/trust-pins.ts';
import { AssayError, VerificationError } from '../model/errors.ts';
import type { KeyReport } from '../model/openpgp-key.ts';
import { namingDocument } from '../verify/naming.ts';
import { canonicalise, prepareFetchedKeys, primariesOf } from '../verify/openpgp/fetched-keys.ts';
import { appraiseKeyBlock, requirePrimaries } from '../verify/openpgp/key-block.ts';
import { parsePin } from '../verify/openpgp/pin.ts';
import type { AnchorContext, AnchorUpdate } from './anchor-update.ts';
import { compareKeys } from './key-changes.ts';

/** As much as a key file is read of (`read-keys.ts`): Debian's whole keyring is 55 kB. */
const maxKeyFileBytes = 1 << 20;

/**
 * Throws UsageError for files that cannot be read. What is wrong with the anchor is in its review: TransportError;
 * VerificationError `PIN_MISMATCH` where other primaries are served than pinned and accepted, and as
 * `prepareFetchedKeys` does.
 */
export async function updateKeys(
  name: string,
  anchor: OpenpgpAnchor,
  context: AnchorContext,
): Promise<AnchorUpdate> {
  const file = `${context.trustDir}/${anchor.file}`;
  const before = await readCommitted(file, anchor, context);
  const base = { name, type: 'openpgp', file, needs: [], accepted: [], notes: [], keys: [] } as const;
  const refused = (error: AssayError, more: object = {}): AnchorUpdate => ({
    review: { ...base, ...more, status: 'refused', error },
    ...{ files: [], pin: undefined, expiring: [] },
  });
  try {
    const copies = await Promise.all(anchor.sources.map((url) => fetchKeyFile(url, context)));
    const source = anchor.sources.join(' and ');
    const served = await namingDocument(source, () => primariesOf(copies));
    const decisions = differences(anchor.fingerprints, served);
    const needs = decisions.filter((fingerprint) => !context.accept.has(fingerprint));
    // What is offered is shown before it is accepted: so it is judged by its own fingerprints first.
    const known = before.keys === undefined ? undefined : before.bytes;
    const prepare = () => prepareFetchedKeys(copies, served, known, context.now);
    if (needs.length > 0) {
      const offered = await prepare().catch(ignoreRefusal);
      const keys = offered === undefined ? [] : compareKeys(before.keys ?? [], offered.keys);
      return refused(await otherKeys(source, anchor.fingerprints, served), { needs, keys });
    }
    const { bytes, keys } = await namingDocument(source, prepare);
    const isSame = before.bytes !== undefined && Buffer.compare(before.bytes, bytes) === 0;
    const changes = compareKeys(before.keys ?? [], keys);
    const notes = [...before.notes];
    if (!isSame && before.keys !== undefined && changes.every(({ change }) => change === 'none')) {
      notes.push('The keys are the same for verification; only their file is written anew.');
    }
    if (decisions.length > 0) {
      notes.push('Say in pins.yaml ("learnt") and PROVENANCE.md where the new fingerprint was confirmed.');
    }
    return {
      review: {
        ...{ ...base, notes, accepted: decisions, keys: changes },
        status: isSame && decisions.length === 0 ? 'unchanged' : 'changed',
      },
      files: isSame ? [] : [{ path: file, bytes }],
      pin: decisions.length === 0 ? undefined : newPin(name, anchor, served),
      expiring: [],
    };
  } catch (error) {
    if (!(error instanceof AssayError)) throw error;
    return refused(error);
  }
}

async function fetchKeyFile(url: string, { fetcher }: AnchorContext): Promise<Uint8Array> {
  return (await fetcher.get({ url, maxBytes: maxKeyFileBytes })).bytes;
}

interface Committed {
  readonly bytes: Uint8Array | undefined;
  /** Undefined where there is no file, or one that its pin refuses. */
  readonly keys: readonly KeyReport[] | undefined;
  readonly notes: readonly string[];
}

/** A file that its pin refuses counts as none: it says nothing of what was known. */
async function readCommitted(
  file: string,
  { fingerprints }: OpenpgpAnchor,
  { files, now }: AnchorContext,
): Promise<Committed> {
  const bytes = await files.read(file);
  if (bytes === undefined) return { bytes, keys: undefined, notes: ['There was no file of these keys yet.'] };
  try {
    await appraiseKeyBlock(bytes, fingerprints, now);
    return { bytes, keys: await appraiseKeyBlock(await canonicalise(bytes), fingerprints, now), notes: [] };
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    return { bytes, keys: undefined, notes: [`The file of before is refused: ${error.message}.`] };
  }
}

/** What a person has to decide: every primary that is served and not pinned, or pinned and not served. */
function differences(pinned: readonly string[], served: readonly string[]): readonly string[] {
  const added = served.filter((fingerprint) => !pinned.includes(fingerprint));
  const missing = pinned.filter((fingerprint) => !served.includes(fingerprint));
  return [...added, ...missing];
}

async function otherKeys(
  source: string,
  pinned: readonly string[],
  served: readonly string[],
): Promise<AssayError> {
  try {
    await namingDocument(source, async () => requirePrimaries(served, new Set(pinned)));
  } catch (error) {
    if (error instanceof AssayError) return error;
    throw error;
  }
  throw new TypeError('keys that need accepting are the pinned ones');
}

/** What stays pinned keeps its place. */
function newPin(name: string, anchor: OpenpgpAnchor, served: readonly string[]): AnchorUpdate['pin'] {
  const kept = anchor.fingerprints.filter((fingerprint) => served.includes(fingerprint));
  const fingerprints = [...kept, ...served.filter((fingerprint) => !kept.includes(fingerprint))];
  return {
    anchor: { ...anchor, fingerprints },
    edit: (text) => setList(text, ['anchors', name, 'fingerprints'], fingerprints, parsePin),
  };
}

function ignoreRefusal(error: unknown): undefined {
  if (!(error instanceof VerificationError)) throw error;
}
