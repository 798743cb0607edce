/**
 * The review of the trust anchors, for people: what each holds, and what would change in it. Lines of text for a
 * terminal, and the same lines in Markdown, as a block of code, in which nothing means anything to a renderer.
 *
 * Names of keys' owners were written by others: they are escaped here, and no line begins with them.
 */
import { TransportError, type AssayError } from '../model/errors.ts';
import type { KeyAlgorithm, KeyReport, SigningStatus, SubkeyReport } from '../model/openpgp-key.ts';
import { escapeForeignName, escapeUnprintable } from '../model/printable.ts';
import type {
  AnchorReview,
  Expiring,
  KeyChange,
  RootEntry,
  RootReview,
  TufKeyReport,
  TufRootReport,
} from '../model/trust-review.ts';
import { plural } from './plural.ts';

type Mark = ' ' | '+' | '-' | '!';

/** Of one line: whether it tells of something added or removed, or a warning. */
interface ReviewLine {
  readonly mark: Mark;
  readonly text: string;
}

const dayMs = 86_400_000;

/** What to do about an error: of its hint, what counts where it is shown. */
export type HintFor = (error: AssayError) => string | undefined;

export function renderReview(review: AnchorReview, now: Date, hintFor: HintFor): readonly string[] {
  return [headOf(review), ...linesOf(review, now, hintFor).map(({ mark, text }) => `${mark} ${text}`)];
}

/** For a pull request, an issue or a job's summary. */
export function renderReviewMarkdown(
  reviews: readonly AnchorReview[],
  expiring: readonly Expiring[],
  now: Date,
  hintFor: HintFor,
): string {
  const sections = reviews.map(
    (review) =>
      `### ${review.name}: ${shownStatus(review)}\n\n${fenced(renderReview(review, now, hintFor), 'diff')}`,
  );
  const soon = expiring.map((one) => renderExpiring(one, now));
  const warning = soon.length === 0 ? [] : [`### Expires soon\n\n${fenced(soon, 'text')}`];
  return ['## Trust anchors', ...warning, ...sections].join('\n\n') + '\n';
}

export function renderExpiring({ anchor, what, id, expires }: Expiring, now: Date): string {
  return `${anchor}: ${what} ${escapeUnprintable(id)} ${expiryText(expires, now)}`;
}

/** Keys as they are, a line for each part of them. */
export function renderKeys(keys: readonly KeyReport[], now: Date): readonly string[] {
  return keys.flatMap((key) => [
    keyText(key, now),
    ...key.userIds.map(userIdText),
    ...key.signingSubkeys.map((subkey) => subkeyText(subkey, now)),
  ]);
}

/** Who could not be asked has refused nothing. */
function shownStatus({ status, error }: AnchorReview): string {
  return status === 'refused' && error instanceof TransportError ? 'not updated' : status;
}

function headOf(review: AnchorReview): string {
  const { name, file, status } = review;
  const text = status === 'missing' ? 'its file is not there: update-trust fetches it' : shownStatus(review);
  return `${name} (${escapeUnprintable(file)}): ${text}`;
}

function linesOf(review: AnchorReview, now: Date, hintFor: HintFor): readonly ReviewLine[] {
  const { error, needs, accepted, notes, keys, root, holds = [] } = review;
  const line = (mark: Mark, text: string): ReviewLine => ({ mark, text });
  const hint = error && hintFor(error);
  return [
    ...(error === undefined ? [] : [line('!', escapeUnprintable(`${error.message} [${error.code}]`))]),
    ...(hint === undefined ? [] : [line('!', `  ${escapeUnprintable(hint)}`)]),
    ...needs.map((value) => line('!', `needs --accept ${value}`)),
    ...accepted.map((value) => line('!', `accepted by hand: ${value}`)),
    ...notes.map((note) => line('!', escapeUnprintable(note))),
    ...keys.flatMap((key) => linesOfKey(key, now)),
    ...(root === undefined ? [] : linesOfRoot(root, now)),
    ...holds.map((text) => line(' ', escapeUnprintable(text))),
  ];
}

/** The TUF root that is pinned, those that came after it, then every log and authority. */
function linesOfRoot({ entries, changes, tufRoots }: RootReview, now: Date): readonly ReviewLine[] {
  const isChanged = (entry: RootEntry) => changes.some(({ after }) => after === entry);
  return [
    ...tufRoots.flatMap((tufRoot, index) => linesOfTufRoot(tufRoot, index === 0, now)),
    ...entries
      .filter((entry) => !isChanged(entry))
      .map((entry) => ({ mark: ' ', text: entryText(entry) }) as const),
    ...changes.flatMap(({ before, after, effects }) => [
      ...(before === undefined ? [] : [{ mark: '-', text: entryText(before) } as const]),
      ...(after === undefined ? [] : [{ mark: '+', text: entryText(after) } as const]),
      { mark: '!', text: `  ${effects.join(', ')}` } as const,
    ]),
  ];
}

/** With the keys and thresholds that are other than the root's before it. */
function linesOfTufRoot(root: TufRootReport, isPinned: boolean, now: Date): readonly ReviewLine[] {
  const changes = root.changes.flatMap(({ role, added, removed, threshold: { before, after } }) => [
    ...removed.map((key) => `  ${role}: no longer by key ${tufKeyText(key)}`),
    ...added.map((key) => `  ${role}: by key ${tufKeyText(key)}`),
    ...(before === after ? [] : [`  ${role}: ${String(after)} have to sign, and had been ${String(before)}`]),
  ]);
  return [
    { mark: isPinned ? ' ' : '+', text: tufRootText(root, now) },
    ...changes.map((text) => ({ mark: '!', text }) as const),
  ];
}

function tufKeyText({ id, holder }: TufKeyReport): string {
  return escapeForeignName(id) + (holder === undefined ? '' : ` (${escapeForeignName(holder)})`);
}

function tufRootText({ version, digest, expires, keyIds, threshold }: TufRootReport, now: Date): string {
  const signed = `${String(threshold)} of ${String(keyIds.length)} keys sign the next`;
  return `TUF root version ${String(version)}  ${digest}, ${expiryText(expires, now)}, ${signed}`;
}

function entryText(entry: RootEntry): string {
  const { kind, fingerprint, logId, url, subject, validFrom, validUntil, problem } = entry;
  const names = [subject, url].filter((name) => name !== undefined).map((name) => escapeForeignName(name));
  const id = logId === undefined || logId === fingerprint ? '' : `, log ID ${logId}`;
  const until = validUntil === undefined ? 'on' : `to ${day(validUntil)}`;
  const unused = problem === undefined ? '' : `: not used here, ${escapeUnprintable(problem)}`;
  return `${kind} ${fingerprint.toUpperCase()}${id}  ${names.join(', ')}, valid from ${day(validFrom)} ${until}${unused}`;
}

function linesOfKey({ change, before, after }: KeyChange, now: Date): readonly ReviewLine[] {
  const empty = { userIds: [], signingSubkeys: [] };
  const was = (before ?? empty).signingSubkeys.map((subkey) => subkeyText(subkey, now));
  const is = (after ?? empty).signingSubkeys.map((subkey) => subkeyText(subkey, now));
  const head = (key: KeyReport | undefined) => (key === undefined ? [] : [keyText(key, now)]);
  return [
    ...difference(head(before), head(after)),
    ...difference((before ?? empty).userIds.map(userIdText), (after ?? empty).userIds.map(userIdText)),
    ...difference(was, is),
    ...(change === 'removed' ? [{ mark: '!', text: '  is no longer there' } as const] : []),
  ];
}

/** What stays, what goes and what comes, each line once. */
function difference(before: readonly string[], after: readonly string[]): readonly ReviewLine[] {
  const gone = before.filter((text) => !after.includes(text)).map((text) => ({ mark: '-', text }) as const);
  const there = after.map((text) => ({ mark: before.includes(text) ? ' ' : '+', text }) as const);
  return [...gone, ...there];
}

function keyText(key: KeyReport, now: Date): string {
  return `key ${key.fingerprint}  ${describe(key, now)}${key.status === 'expired' ? ': cannot vouch' : ''}`;
}

function userIdText(userId: string): string {
  return `  user ID ${escapeForeignName(userId)}`;
}

/** Where it is not said by the line as it is. */
const standings: Readonly<Record<SigningStatus, string>> = {
  ...{ usable: '', expired: '', revoked: '' },
  weak: ': cannot vouch, too weak',
  'from-future': ': cannot vouch yet',
  'weakly-bound': ': cannot vouch, bound by a signature that can be forged',
  unbound: ': cannot vouch, not bound to its primary',
};

function subkeyText(subkey: SubkeyReport, now: Date): string {
  const { fingerprint, revoked, status } = subkey;
  return `  signing subkey ${fingerprint}  ${describe(subkey, now)}${revoked ? ', revoked' : ''}${standings[status]}`;
}

function describe(
  key: KeyAlgorithm & { readonly created: Date; readonly expires: Date | undefined },
  now: Date,
): string {
  const expiry = key.expires === undefined ? 'does not expire' : expiryText(key.expires, now);
  return `${key.algorithm}${key.bits === undefined ? '' : String(key.bits)}, created ${day(key.created)}, ${expiry}`;
}

export function daysUntil(expires: Date, now: Date): number {
  return Math.floor((expires.getTime() - now.getTime()) / dayMs);
}

function expiryText(expires: Date, now: Date): string {
  if (expires <= now) return `expired ${day(expires)}`;
  const days = daysUntil(expires, now);
  return `expires ${day(expires)} (in ${plural(days, 'day')})`;
}

function day(time: Date): string {
  return time.toISOString().slice(0, 10);
}

/** A fence longer than any in the text cannot be closed by it. */
function fenced(lines: readonly string[], language: string): string {
  const text = lines.join('\n');
  const longest = text.match(/`+/g)?.reduce((most, { length }) => Math.max(most, length), 2) ?? 2;
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
