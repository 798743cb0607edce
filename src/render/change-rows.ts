/**
 * What changed, as rows for people: what changed alike on several architectures is one, and so are the parts of a source
 * that only moved on together. Each row says what to look at, who vouched, and where there is more to read.
 */
import {
  isToLookAt,
  type Change,
  type Changes,
  type ChangeSide,
  type Difference,
  type DifferenceKind,
  type ManifestName,
} from '../formats/own/changes.ts';
import { bytesText } from './chain-facts.ts';
import { signerName } from './signer.ts';

export type RowGroup = 'look at this' | 'new' | 'gone' | 'updates';

/** In this order. */
export const rowGroups: readonly RowGroup[] = ['look at this', 'new', 'gone', 'updates'];

export interface Row {
  readonly group: RowGroup;
  /** `kubelet and 4 more of kubernetes`. */
  readonly title: string;
  readonly names: readonly string[];
  /** `1.36.4 → 1.37.0`. */
  readonly versions: string;
  /** Empty where no evidence says. */
  readonly assurance: string;
  readonly signer: string;
  /** As before, but for what the version fills in. */
  readonly isSameSigner: boolean;
  /** Which manifests, where not all of them have it: `knc`, `arm64`. */
  readonly where: string;
  readonly details: readonly Detail[];
  readonly links: Change['links'];
}

export interface Detail {
  readonly text: string;
  readonly from: string;
  readonly to: string;
}

export function rowsOf({ changes, manifests }: Changes): readonly Row[] {
  const byArchitecture = [...Map.groupBy(changes, alikeOnAll).values()].map((group): Grouped => ({
    members: group,
    manifests: group.flatMap((change) => change.manifests),
  }));
  const bySource = [...Map.groupBy(byArchitecture, alikeInSource).values()].map((group): Grouped => ({
    members: group.flatMap((one) => one.members),
    manifests: group.flatMap((one) => one.manifests),
  }));
  const rows = bySource.flatMap((grouped) => rowOf(grouped, manifests) ?? []);
  return rowGroups.flatMap((group) => rows.filter((row) => row.group === group));
}

interface Grouped {
  readonly members: readonly Change[];
  readonly manifests: readonly ManifestName[];
}

/** What differs between architectures, and says nothing about the change. */
const perArchitecture: ReadonlySet<DifferenceKind> = new Set(['bytes', 'size', 'url', 'content']);

function alikeOnAll({ name, status, before, after, differences, uncompared }: Change): string {
  const told = differences.map((one) => (perArchitecture.has(one.what) ? one.what : one));
  return JSON.stringify([name, status, versions(before, after), told, who(after ?? before), uncompared]);
}

/** Parts of one source; anything but its version would be lost among them. */
function alikeInSource({ members: [first], manifests }: Grouped): string {
  if (first === undefined) return '';
  const { name, status, before, after, differences } = first;
  const isPlain = differences.every(({ what }) => what === 'version' || what === 'url');
  const source = (after ?? before)?.evidence?.source;
  const where = manifests.map(({ kind }) => kind);
  if (source === undefined || !isPlain) return JSON.stringify([name, status, where, alikeOnAll(first)]);
  return JSON.stringify([source, status, versions(before, after), who(after ?? before), first.links]);
}

function rowOf({ members, manifests }: Grouped, all: readonly ManifestName[]): Row | undefined {
  const [first] = members;
  if (first === undefined) return undefined;
  const { before, after, links, differences, status } = first;
  const names = [...new Set(members.map(({ name }) => name))];
  const source = (after ?? before)?.evidence?.source ?? '';
  const others = names.length - 1;
  const title = others === 0 ? first.name : `${first.name} and ${String(others)} more of ${source}`;
  const signer = who(after ?? before);
  const isComparable = status === 'changed' && signer !== '' && first.uncompared.length === 0;
  return {
    group: groupOf(first),
    ...{ title, names, versions: versions(before, after), links },
    assurance: assuranceOf(after ?? before),
    signer,
    isSameSigner: isComparable && !differences.some(({ what }) => vouching.has(what)),
    where: names.length > 1 ? '' : whereOf(manifests, all),
    details: differences.filter(({ what }) => what !== 'version').map(detailOf),
  };
}

const vouching: ReadonlySet<DifferenceKind> = new Set(['signer', 'key', 'issuer']);

function groupOf(change: Change): RowGroup {
  if (isToLookAt(change)) return 'look at this';
  return ({ added: 'new', removed: 'gone', changed: 'updates' } as const)[change.status];
}

function versions(before: ChangeSide | undefined, after: ChangeSide | undefined): string {
  const [from, to] = [before?.version, after?.version];
  return [...new Set([from, to].filter((one) => one !== undefined))].join(' → ');
}

function assuranceOf(side: ChangeSide | undefined): string {
  const { assurance, digestOnly } = side?.evidence ?? {};
  if (assurance === undefined) return '';
  return digestOnly === true ? `${assurance}, digest only` : assurance;
}

function who(side: ChangeSide | undefined): string {
  return [...new Set((side?.evidence?.signers ?? []).map(signerName))].join(', ');
}

/** Nothing where all have it. */
function whereOf(some: readonly ManifestName[], all: readonly ManifestName[]): string {
  const kinds = [...new Set(some.map(({ kind }) => kind))];
  const platforms = [...new Set(some.map(({ os, arch }) => `${os} ${arch}`))];
  const isAll = (found: number, of: (one: ManifestName) => string) => found === new Set(all.map(of)).size;
  return [
    ...(isAll(kinds.length, ({ kind }) => kind) ? [] : [kinds.join(', ')]),
    ...(isAll(platforms.length, ({ os, arch }) => `${os} ${arch}`) ? [] : [platforms.join(', ')]),
  ].join(', ');
}

const texts: Readonly<Record<DifferenceKind, string>> = {
  bytes: 'the same version with other bytes',
  assurance: 'assurance',
  method: 'another method',
  witness: 'other witnesses',
  signer: 'another signer',
  issuer: 'another issuer of the identity',
  key: 'another pinned key of the same anchor',
  host: 'another host',
  repository: 'another source repository',
  runner: 'another runner',
  ref: 'another source ref',
  trigger: 'started by another event',
  type: 'another type',
  older: 'an older version',
  size: 'another size by more than half',
  version: 'version',
  url: 'another URL',
  providers: 'providers',
  content: 'changed',
};

function detailOf({ what, from, to, lookAt }: Difference): Detail {
  const shown = (text: string) => (text === '' ? 'none' : what === 'size' ? bytesText(Number(text)) : text);
  const text = what === 'assurance' && lookAt === true ? 'a weaker proof' : texts[what];
  return { text, from: shown(from), to: shown(to) };
}
