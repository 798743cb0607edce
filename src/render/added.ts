/** What `assay add` looked for and found, for people: a line for each proof, and what the strongest one proves. */
import { table } from './table.ts';

export interface LookedRow {
  readonly what: string;
  readonly outcome: 'verified' | 'none' | 'unusable' | 'open' | 'refused';
  readonly files: readonly string[];
  /** Why it is no proof. */
  readonly reason: string | undefined;
}

export interface AddedSummary {
  readonly title: string;
  readonly rows: readonly LookedRow[];
  /** What was looked for, and is not there. */
  readonly absent: readonly string[];
  readonly strongest: string;
  readonly learnt: readonly (readonly [what: string, value: string])[];
  readonly others: readonly string[];
}

const told: Readonly<Record<LookedRow['outcome'], string>> = {
  verified: 'verified',
  none: 'none',
  unusable: 'not usable',
  open: "there; nobody's key for it is known",
  refused: 'DOES NOT HOLD',
};

export function renderAdded(
  { title, rows, absent, strongest, learnt, others }: AddedSummary,
  width?: number,
): readonly string[] {
  const lines = rows.map(({ what, outcome, reason }) => [
    `  ${what}`,
    told[outcome] + (reason === undefined ? '' : `: ${reason}`),
  ]);
  return [
    title,
    '',
    ...table([...lines, ...absent.map((what) => [`  ${what}`, 'none'])], width),
    '',
    `The strongest proof is: ${strongest}.`,
    ...(learnt.length === 0
      ? []
      : ['Learnt on first use, from what is published there, and known from nowhere else:']),
    ...learnt.map(([what, value]) => `  ${what.padEnd(18)}${value}`),
    ...(others.length === 0 ? [] : [`Other files fit as well (--asset): ${others.slice(0, 6).join(', ')}`]),
  ];
}
