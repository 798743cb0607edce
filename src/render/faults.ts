/** What did not follow from the catalogue, as lines for people, and what a run has made of it. */
import { markdownTable } from './markdown.ts';
import { plural } from './plural.ts';

export interface Fault {
  readonly fileName: string;
  /** Undefined for the file as a whole. */
  readonly name: string | undefined;
  readonly message: string;
  readonly isRepaired: boolean;
}

/** A line for all entries of a manifest that have the same fault, and the first of them. */
export function renderFaults(faults: readonly Fault[]): readonly (readonly [line: string, first: Fault])[] {
  const alike = Map.groupBy(faults, ({ fileName, message }) => `${fileName}\n${message}`);
  return [...alike.values()].flatMap((group) => {
    const names = group.flatMap(({ name }) => name ?? []);
    const [first] = group;
    if (first === undefined) return [];
    const { fileName, message } = first;
    return [[[fileName, ...(names.length === 0 ? [] : [names.join(', ')]), message].join(': '), first]];
  });
}

/** `2 faults repaired`, `1 fault left`; nothing where there is none. */
export function countFaults(faults: readonly Fault[], written: boolean): readonly string[] {
  const repaired = faults.filter(({ isRepaired }) => isRepaired).length;
  const left = faults.length - repaired;
  return [
    ...(repaired === 0 ? [] : [`${plural(repaired, 'fault')} ${written ? 'repaired' : 'would be repaired'}`]),
    ...(left === 0 ? [] : [`${plural(left, 'fault')} left`]),
  ];
}

/** A row for all entries that have the same fault in the same manifests. */
export function renderFaultsMarkdown(faults: readonly Fault[]): string {
  const one = Map.groupBy(faults, ({ name, message, isRepaired }) =>
    JSON.stringify([name, message, isRepaired]),
  );
  const places = [...one.values()].map((group) => ({
    ...group[0],
    files: group.map(({ fileName }) => fileName),
  }));
  const alike = Map.groupBy(places, ({ files, message, isRepaired }) =>
    JSON.stringify([files, message, isRepaired]),
  );
  const rows = [...alike.values()].map((group) => {
    const { files = [], message = '', isRepaired = false } = group[0] ?? {};
    const names = group.flatMap(({ name }) => name ?? []);
    return [files.join(', '), names.join(', ') || '-', message, isRepaired ? 'repaired' : 'left'];
  });
  return markdownTable([['MANIFEST', 'ENTRY', 'FAULT', ''], ...rows]);
}
