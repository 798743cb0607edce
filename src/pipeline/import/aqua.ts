/** What aqua's registry knows, as additions to a catalogue, and what became of each package. */
import type { CatalogueAddition } from '../../formats/own/edit-catalogue.ts';
import { nameOf, type AquaPackage } from '../../formats/upstream/aqua/registry.ts';
import { UsageError } from '../../model/errors.ts';
import { importPackage, type Imported } from './aqua-entry.ts';

/** What a catalogue says at its head. */
export interface ImportTarget {
  readonly kinds: readonly string[];
  readonly platforms: readonly { readonly os: string; readonly architectures: readonly string[] }[];
}

export interface PackageOutcome {
  readonly package: string;
  /** Does aqua verify something of it on Linux? */
  readonly verifiable: boolean;
  /** Does aqua verify a signature or an attestation of it? */
  readonly signed: boolean;
  /** `equal`: all that aqua checks is checked, at its assurance or a higher one. */
  readonly outcome: 'equal' | 'loss' | 'none';
  readonly reasons: readonly string[];
}

export interface ImportedPackage {
  readonly outcome: PackageOutcome;
  readonly additions: readonly CatalogueAddition[];
}

export interface NamedPackage {
  readonly rules: AquaPackage;
  /** The current one; undefined where nobody says. */
  readonly version: string | undefined;
}

/** `requireValid`: throws UsageError for additions that are no catalogue. */
export function importAqua(
  { rules, version }: NamedPackage,
  target: ImportTarget,
  requireValid: (additions: readonly CatalogueAddition[]) => void,
): ImportedPackage {
  const imported = importPackage(rules, version);
  const { verifiable, signed, isWhole, entry } = imported;
  const about = { package: nameOf(rules), verifiable, signed };
  if (entry === undefined)
    return { outcome: { ...about, outcome: 'none', reasons: imported.reasons }, additions: [] };
  const additions = additionsFor(imported, target);
  try {
    requireValid(additions);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const reasons = [...imported.reasons, ...problemsOf(error)];
    return { outcome: { ...about, outcome: 'none', reasons }, additions: [] };
  }
  return { outcome: { ...about, outcome: isWhole ? 'equal' : 'loss', reasons: imported.reasons }, additions };
}

function problemsOf({ message, context }: UsageError): readonly string[] {
  const problems = (
    context as { readonly problems?: readonly { readonly path: string; readonly message: string }[] }
  ).problems;
  return problems?.map(({ path, message: text }) => `${path} ${text}`) ?? [message];
}

function additionsFor(
  { entry, reasons }: Imported,
  { kinds, platforms }: ImportTarget,
): readonly CatalogueAddition[] {
  if (entry === undefined) return [];
  const { name, source, anchors } = entry;
  const { type, architectures, ...rest } = entry.entry;
  const own = architectures as readonly string[] | undefined;
  const narrowed =
    own === undefined
      ? {}
      : {
          platforms: platforms.map(({ os, architectures: all }) => ({
            os,
            architectures: all.filter((one) => own.includes(one)),
          })),
        };
  const comments = [
    ...reasons.map((reason) => `Imported from aqua's registry: ${reason}.`),
    ...anchors.map((anchor) => `Its anchor has to be in trust/pins.yaml: ${JSON.stringify(anchor)}`),
  ];
  return [
    { section: 'sources', name, value: source },
    { section: 'dependencies', name, value: { kinds, type, ...narrowed, ...rest }, comments },
  ];
}

/** Counted as the page of measurements does: of what aqua can verify. */
export interface Reach {
  readonly packages: number;
  readonly verifiable: Tally;
  readonly signed: Tally;
  /** Of what falls short, how often. */
  readonly reasons: ReadonlyMap<string, number>;
}

export type Tally = Readonly<Record<PackageOutcome['outcome'] | 'all', number>>;

export function reachOf(outcomes: readonly PackageOutcome[]): Reach {
  const verifiable = outcomes.filter((one) => one.verifiable);
  const short = verifiable.filter(({ outcome }) => outcome !== 'equal');
  const reasons = short.flatMap((one) => one.reasons);
  const counted = [...Map.groupBy(reasons, (reason) => reason)].map(
    ([reason, all]) => [reason, all.length] as const,
  );
  return {
    packages: outcomes.length,
    verifiable: tally(verifiable),
    signed: tally(verifiable.filter(({ signed }) => signed)),
    reasons: new Map(counted.toSorted(([, a], [, b]) => b - a)),
  };
}

function tally(outcomes: readonly PackageOutcome[]): Tally {
  const of = (wanted: PackageOutcome['outcome']) =>
    outcomes.filter(({ outcome }) => outcome === wanted).length;
  return { all: outcomes.length, equal: of('equal'), loss: of('loss'), none: of('none') };
}
