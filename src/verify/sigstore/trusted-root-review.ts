/**
 * What changes from one trusted root to the next, for a person to decide: each log and authority by the fingerprint of
 * its key or certificate, and what the change does to the evidence that there is. Text of the roots is passed on as it
 * stands there: whoever prints it escapes it.
 */
import { createHash } from 'node:crypto';
import type { Digest } from '../../model/digest.ts';
import type { VerificationError } from '../../model/errors.ts';
import type { RootChange, RootEntry } from '../../model/trust-review.ts';
import { digestOf } from '../digest.ts';
import { refusalOf } from './authority.ts';
import { refusalOfTimestamps } from './signed-times.ts';
import { parseTrustedRootDocument, type RootAuthority, type RootLog } from './trusted-root-document.ts';
import { parseTrustedRoot } from './trusted-root.ts';

export type TrustedRootKind =
  'transparency-log' | 'certificate-transparency-log' | 'certificate-authority' | 'timestamp-authority';

export interface TrustedRootEntry extends RootEntry {
  readonly kind: TrustedRootKind;
}

export type TrustedRootEffect =
  /** Somebody more is believed. */
  | 'added'
  /** Evidence that rests on it is refused from now on. */
  | 'removed'
  /** Believed earlier or longer than before: what was retired may be back. */
  | 'reopened'
  /** Given an end, which it had not, that is still to come: how a log is retired. */
  | 'closed'
  /** Believed later, not as long as had been said, or no more at all: evidence may be refused from now on. */
  | 'shortened'
  /** Another address, log ID, chain or algorithm under the same key. */
  | 'altered';

export interface TrustedRootChange extends RootChange {
  readonly kind: TrustedRootKind;
  readonly before: TrustedRootEntry | undefined;
  readonly after: TrustedRootEntry | undefined;
  readonly effects: readonly TrustedRootEffect[];
}

export interface TrustedRootReview {
  /** Of the new file. It may differ with no change among the entries: white space, or their order. */
  readonly digest: Digest;
  readonly entries: readonly TrustedRootEntry[];
  readonly changes: readonly TrustedRootChange[];
}

/** A new entry, or an end that is still to come, is what a repository's threshold of signers is trusted to say. */
const routine: readonly TrustedRootEffect[] = ['added', 'closed'];

/**
 * `before`: the pinned root. `after`: what has been fetched and verified. Throws VerificationError `SIGNER_UNTRUSTED`
 * where one of them cannot be relied on, as `parseTrustedRoot` does.
 */
export function reviewTrustedRoot(before: Uint8Array, after: Uint8Array, now: Date): TrustedRootReview {
  const olds = readEntries(before, 'the pinned root');
  const news = readEntries(after, 'the new root');
  const keys = new Set([...olds, ...news].map(identityOf));
  const changes = [...keys].flatMap((key) => {
    const of = (entries: readonly Described[]) => entries.filter((one) => identityOf(one) === key);
    return compare(of(olds), of(news), now);
  });
  return { digest: digestOf('sha256', after), entries: news.map(({ entry }) => entry), changes };
}

interface Described {
  readonly entry: TrustedRootEntry;
  /** All but the validity, to compare. */
  readonly rest: string;
}

function identityOf({ entry }: Described): string {
  return `${entry.kind} ${entry.fingerprint}`;
}

/** All entries of one key, of which there is seldom more than one: those that stay as they are, then the others in turn. */
function compare(olds: readonly Described[], news: readonly Described[], now: Date): TrustedRootChange[] {
  const isIn = (list: readonly Described[], one: Described) => list.some((other) => isSame(one, other, now));
  const [gone, come] = [olds.filter((one) => !isIn(news, one)), news.filter((one) => !isIn(olds, one))];
  return Array.from({ length: Math.max(gone.length, come.length) }, (_, index) =>
    changeOf(gone[index], come[index], olds.length > 0, now),
  );
}

function changeOf(
  before: Described | undefined,
  after: Described | undefined,
  isKnown: boolean,
  now: Date,
): TrustedRootChange {
  const entry = (after ?? before)?.entry;
  if (entry === undefined) throw new TypeError('a change has a side');
  const effects = effectsOf(before, after, now);
  // A second entry of a key that has one may give it the time that the first one does not.
  if (before === undefined && isKnown) effects.push('reopened');
  return {
    kind: entry.kind,
    fingerprint: entry.fingerprint,
    before: before?.entry,
    after: after?.entry,
    effects,
    needsAcceptance: effects.some((effect) => !routine.includes(effect)),
  };
}

function effectsOf(
  before: Described | undefined,
  after: Described | undefined,
  now: Date,
): TrustedRootEffect[] {
  if (before === undefined) return ['added'];
  if (after === undefined) return ['removed'];
  const [old, young] = [before.entry, after.entry];
  const [oldEnd, newEnd] = [old.validUntil?.getTime() ?? Infinity, young.validUntil?.getTime() ?? Infinity];
  const effects = new Set<TrustedRootEffect>();
  if (before.rest !== after.rest) effects.add('altered');
  if (young.validFrom < old.validFrom || newEnd > oldEnd) effects.add('reopened');
  if (young.validFrom > old.validFrom) effects.add('shortened');
  // An end in the past takes away what has been believed since, as a removal does.
  const isToCome = newEnd >= now.getTime();
  if (newEnd < oldEnd) effects.add(oldEnd === Infinity && isToCome ? 'closed' : 'shortened');
  return [...effects];
}

function isSame(one: Described, other: Described, now: Date): boolean {
  return effectsOf(one, other, now).length === 0;
}

function readEntries(bytes: Uint8Array, what: string): readonly Described[] {
  const { certificateAuthorities, timestampAuthorities } = parseTrustedRoot(bytes, what);
  const root = parseTrustedRootDocument(bytes, what);
  return [
    ...root.tlogs.map((log) => describeLog('transparency-log', log)),
    ...root.ctlogs.map((log) => describeLog('certificate-transparency-log', log)),
    ...root.certificateAuthorities.map((one, index) => {
      const authority = certificateAuthorities[index];
      return describeAuthority('certificate-authority', one, authority && refusalOf(authority));
    }),
    ...root.timestampAuthorities.map((one, index) => {
      const authority = timestampAuthorities[index];
      return describeAuthority('timestamp-authority', one, authority && refusalOfTimestamps(authority));
    }),
  ];
}

function describeLog(kind: TrustedRootKind, log: RootLog): Described {
  const { rawBytes, validFor } = log.publicKey;
  const entry: TrustedRootEntry = {
    kind,
    fingerprint: sha256(rawBytes),
    logId: log.logId.keyId.toString('hex'),
    certificates: [],
    url: log.baseUrl,
    subject: undefined,
    validFrom: validFor.start,
    validUntil: validFor.end,
    problem: log.problem,
  };
  return { entry, rest: JSON.stringify({ ...log, publicKey: withoutTimes(log.publicKey) }) };
}

function describeAuthority(
  kind: TrustedRootKind,
  authority: RootAuthority,
  refusal: VerificationError | undefined,
): Described {
  const { certChain, subject, uri, validFor } = authority;
  const certificates = certChain.certificates.map(({ rawBytes }) => sha256(rawBytes));
  const names = [subject?.commonName, subject?.organization].filter(
    (name) => name !== undefined && name !== '',
  );
  const entry: TrustedRootEntry = {
    kind,
    // The schema asks for one certificate at least.
    fingerprint: certificates[0] ?? '',
    logId: undefined,
    certificates,
    url: uri,
    subject: names.length === 0 ? undefined : names.join(', '),
    validFrom: validFor.start,
    validUntil: validFor.end,
    problem: refusal?.message,
  };
  return { entry, rest: JSON.stringify(withoutTimes(authority)) };
}

/** What else a validity says stays. */
function withoutTimes(entry: { readonly validFor: object }): object {
  return { ...entry, validFor: { ...entry.validFor, start: undefined, end: undefined } };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
