/**
 * What became other about who vouches for an entry, and how: compared by the ratchet, which refuses some of it, and told
 * by `diff`. What a template fills in (the version, its tag) is no change. No I/O.
 */
import { anchorsNamedIn } from '../../formats/own/catalogue-anchors.ts';
import type { Difference, DifferenceKind } from '../../formats/own/changes.ts';
import type { EvidenceEntry, Question } from '../../formats/own/evidence.ts';
import { releaseLine } from '../../formats/own/release-lines.ts';
import { anchorKinds } from '../../verify/anchors/registry.ts';
import { hostWitness } from '../../verify/witnesses.ts';

/** As far as it is compared. */
export type Vouching = Pick<
  EvidenceEntry,
  'version' | 'assurance' | 'digestOnly' | 'signers' | 'witnesses' | 'question'
>;

type SignerEntry = Vouching['signers'][number];
type Workflow = Extract<SignerEntry, { method: 'sigstore' }>;

const ranks: Readonly<Record<string, number>> = {
  pinned: 0,
  checksum: 1,
  'signed, digest only': 2,
  signed: 3,
  attested: 4,
};

/** As people read it. */
export function assuranceText({ assurance, digestOnly }: Pick<Vouching, 'assurance' | 'digestOnly'>): string {
  return digestOnly === true ? `${assurance}, digest only` : assurance;
}

/** What differs; what must not pass unseen has `lookAt`. In no order. */
export function vouchingChanges(before: Vouching, after: Vouching): readonly Difference[] {
  const [was, is] = [assuranceText(before), assuranceText(after)];
  const rise = (ranks[is] ?? 0) - (ranks[was] ?? 0);
  const [method, nextMethod] = [before, after].map(({ question }) => question.verification.method);
  return [
    ...differs('assurance', was, is, rise < 0),
    // A stronger one takes nothing away.
    ...differs('method', method ?? '', nextMethod ?? '', rise <= 0),
    ...witnessChanges(before, after),
    // Where nobody vouched, whoever does now takes nobody's place.
    ...(before.signers.length === 0 ? [] : signerChanges(before, after)),
  ];
}

/**
 * Of those that the catalogue names: whether the host says something is up to the host. One that is the verification now
 * speaks still.
 */
function witnessChanges(before: Vouching, after: Vouching): readonly Difference[] {
  const [were, are] = [witnessesOf(before), witnessesOf(after)];
  const still = [...are, wordOf(after, after.question.verification.method)];
  const isGone = were.some((one) => !still.includes(one));
  return differs('witness', were.join(', '), are.join(', '), isGone);
}

function witnessesOf({ witnesses = [], version }: Vouching): readonly string[] {
  const named = witnesses.filter(({ method }) => method !== hostWitness);
  return named.map((one) => wordOf({ ...one, version }, one.method)).sort();
}

function wordOf(one: Pick<Vouching, 'signers' | 'version'>, method: string): string {
  const names = namesOf(one);
  return names.length === 0 ? method : `${method} by ${names.join(' and ')}`;
}

function signerChanges(before: Vouching, after: Vouching): readonly Difference[] {
  const known = new Set([
    ...before.signers.map((one) => nameOf(one, before.version)),
    ...askedOf(before.question),
  ]);
  const names = namesOf(after);
  const isOther = names.length === 0 || names.some((name) => !known.has(name));
  const [were, are] = [workflowsOf(before), workflowsOf(after)];
  const told = (kind: DifferenceKind, read: (one: Workflow, version: string) => string | undefined) =>
    toldOf(kind, said(were, before.version, read), said(are, after.version, read));
  const isElsewhere = told('repository', ({ build }) => build?.sourceRepository);
  return [
    ...(isOther ? differs('signer', namesOf(before).join(', '), names.join(', '), true) : []),
    ...otherKeys(before, after),
    // Of another signer all else is another one's.
    ...(were.length === 0 || are.length === 0
      ? []
      : [
          ...told('issuer', ({ issuer }) => issuer),
          ...(isElsewhere.length > 0 ? isElsewhere : told('repository', ({ build }) => numberOf(build))),
          ...told('runner', ({ build }) => build?.runnerEnvironment).filter(
            ({ to }) => to !== 'github-hosted',
          ),
          ...told(
            'ref',
            ({ build }, version) => build?.sourceRef && withoutVersion(build.sourceRef, version),
          ),
          ...told('trigger', ({ build }) => build?.trigger),
        ]),
  ];
}

/** One of the same name that was made later has another number. */
function numberOf(build: Workflow['build']): string | undefined {
  const { sourceRepository, sourceRepositoryId } = build ?? {};
  return sourceRepositoryId && `${sourceRepository ?? ''} (repository ${sourceRepositoryId})`;
}

/** What nobody said before can be said now, and what was said has to be said again. */
function toldOf(
  what: DifferenceKind,
  from: ReadonlySet<string>,
  to: ReadonlySet<string>,
): readonly Difference[] {
  const isSame = from.size === to.size && [...from].every((one) => to.has(one));
  if (from.size === 0 || isSame) return [];
  return differs(what, [...from].join(', '), [...to].join(', '), true);
}

function said(
  workflows: readonly Workflow[],
  version: string,
  read: (one: Workflow, version: string) => string | undefined,
): ReadonlySet<string> {
  return new Set(workflows.flatMap((one) => read(one, version) ?? []));
}

function workflowsOf({ signers }: Vouching): readonly Workflow[] {
  return signers.filter((one) => one.method === 'sigstore');
}

function namesOf({ signers, version }: Pick<Vouching, 'signers' | 'version'>): readonly string[] {
  return [...new Set(signers.map((signer) => nameOf(signer, version)))];
}

/** The anchor, or the identity but for what the version fills in. */
function nameOf(signer: SignerEntry, version: string): string {
  if (signer.method === 'sigstore') return withoutVersion(signer.identity, version);
  return signer.anchor ?? keyOf(signer) ?? '';
}

/** All that the catalogue let vouch then: of an apt source the anchors of all its suites. A witness is no signer. */
function askedOf({ source, verification }: Question): readonly string[] {
  const own = { ...verification, witnesses: undefined };
  return anchorsNamedIn([source, own], anchorKinds).map(({ name }) => name);
}

function keyOf(signer: SignerEntry): string | undefined {
  if (signer.method === 'openpgp') return signer.primaryFingerprint;
  return signer.method === 'public-key' ? signer.fingerprint : undefined;
}

/** Another pinned key of an anchor that vouched before. */
function otherKeys(before: Vouching, after: Vouching): readonly Difference[] {
  const keys = ({ signers }: Vouching) =>
    Map.groupBy(signers, (one) => ('anchor' in one ? one.anchor : undefined));
  const now = keys(after);
  return [...keys(before)].flatMap(([anchor, signers]) => {
    const others = now.get(anchor);
    if (anchor === undefined || others === undefined) return [];
    const [from, to] = [signers, others].map((some) => new Set(some.flatMap((one) => keyOf(one) ?? [])));
    if (from === undefined || to === undefined || [...to].every((key) => from.has(key))) return [];
    return differs('key', `${anchor} ${[...from].join(', ')}`, `${anchor} ${[...to].join(', ')}`, true);
  });
}

/**
 * A text in which the version stands, as a template has it, and its release line (the two first numbers), for the
 * branches that publishers name after one. Only whole numbers: in `release1.yml` no 1 is a version.
 */
function withoutVersion(text: string, version: string): string {
  const line = releaseLine(version);
  const whole = (part: string) => new RegExp(`(?<![0-9.])${literal(part)}(?![0-9]|\\.[0-9])`, 'g');
  const filled = text.replace(whole(version), '{version}');
  return line === undefined ? filled : filled.replace(whole(line), '{line}');
}

function literal(text: string): string {
  return text.replace(/[^A-Za-z0-9]/g, '\\$&');
}

export function differs(
  what: DifferenceKind,
  from: string,
  to: string,
  lookAt = false,
): readonly Difference[] {
  if (from === to) return [];
  return [lookAt ? { what, from, to, lookAt } : { what, from, to }];
}
