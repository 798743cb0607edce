/** What `verify --upstream` found, as lines for people: what several manifests share is told once, the worst first. */
import {
  upstreamExitCodes,
  worstFirst,
  type UpstreamFinding,
  type UpstreamVerdict,
  type UpstreamVerdicts,
} from '../formats/own/upstream-verdicts.ts';
import { plural } from './plural.ts';

export interface ToldFinding {
  readonly isError: boolean;
  /** `runc 1.4.2 mutated`. */
  readonly title: string;
  /** A manifest that has it. */
  readonly file: string;
  readonly lines: readonly string[];
}

export function tellFindings({ manifests }: UpstreamVerdicts): readonly ToldFinding[] {
  const told = new Map<
    string,
    { readonly name: string; readonly finding: UpstreamFinding; files: string[] }
  >();
  for (const { file, entries } of manifests) {
    for (const { name, version, findings } of entries) {
      for (const finding of findings) {
        const key = JSON.stringify([name, version, finding]);
        const known = told.get(key) ?? { name: `${name} ${version}`, finding, files: [] };
        known.files.push(file);
        told.set(key, known);
      }
    }
  }
  const all = [...told.values()];
  const order = new Map(worstFirst(all.map(({ finding }) => finding)).map((finding, at) => [finding, at]));
  return all
    .toSorted((one, other) => (order.get(one.finding) ?? 0) - (order.get(other.finding) ?? 0))
    .map(({ name, finding: { verdict, message, code, hint }, files }) => ({
      isError: upstreamExitCodes[verdict] !== 3,
      title: `${name} ${words[verdict]}`,
      file: files[0] ?? '',
      lines: [
        `${message}${code === undefined ? '' : ` [${code}]`}`,
        ...(hint === undefined ? [] : [hint]),
        `in ${files.join(', ')}`,
      ],
    }));
}

/** `66 entries in 4 manifests: 1 mutated, 2 superseded, 62 the same, 1 stub`. */
export function countVerdicts({ manifests }: UpstreamVerdicts): string {
  const verdicts = manifests.flatMap(({ entries }) => entries.map(({ verdict }) => verdict));
  const counts = Object.keys(words)
    .toReversed()
    .flatMap((word) => {
      const count = verdicts.filter((verdict) => verdict === word).length;
      return count === 0 ? [] : [`${String(count)} ${words[word as UpstreamVerdict]}`];
    });
  const entries = plural(verdicts.length, 'entry', 'entries');
  return `${entries} in ${plural(manifests.length, 'manifest')}: ${counts.join(', ')}`;
}

const words: Readonly<Record<UpstreamVerdict, string>> = {
  stub: 'stub',
  same: 'the same',
  superseded: 'superseded',
  'signed-anew': 'signed anew',
  unasked: 'could not be asked',
  refused: 'refused',
  gone: 'gone',
  mutated: 'mutated',
};
