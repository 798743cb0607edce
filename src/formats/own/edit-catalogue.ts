/**
 * Adds sources and entries to a catalogue in place: everything else, comments included, stays as it was written. The text
 * is the user's own and has been parsed as a catalogue before; the result is to be parsed again.
 */
import { isMap, isScalar, parseDocument, stringify, type Pair } from 'yaml';
import { UsageError, type UsageCode } from '../../model/errors.ts';
import { escapeUnprintable } from '../../model/printable.ts';

export interface CatalogueAddition {
  readonly section: 'sources' | 'dependencies';
  readonly name: string;
  readonly value: unknown;
  /** Lines that stand above it. They may quote what others wrote: none ends its comment. */
  readonly comments?: readonly string[];
}

/** Names that are there already, by section. */
export function namesIn(text: string, section: CatalogueAddition['section'] | 'keep'): ReadonlySet<string> {
  const node = parseDocument(text).get(section);
  const keys = isMap(node) ? node.items.map(({ key }) => (isScalar(key) ? String(key.value) : '')) : [];
  return new Set(keys);
}

/** What stands there under that name; undefined where nothing does. */
export function valueIn(text: string, section: CatalogueAddition['section'], name: string): unknown {
  const all = parseDocument(text).toJS() as Record<string, Record<string, unknown> | null | undefined> | null;
  const own = all?.[section] ?? {};
  return Object.hasOwn(own, name) ? own[name] : undefined;
}

/** All that stands there, as the file says it. */
export function valuesIn(
  text: string,
  section: CatalogueAddition['section'],
): Readonly<Record<string, unknown>> {
  const all = parseDocument(text).toJS() as Record<string, Record<string, unknown> | null | undefined> | null;
  return all?.[section] ?? {};
}

/**
 * What is added is taken out of `keep`. `file` is for messages. Throws UsageError `CATALOGUE_INVALID` for a section that
 * is not written as a block.
 */
export function addToCatalogue(
  text: string,
  additions: readonly CatalogueAddition[],
  file = 'catalogue.yaml',
): string {
  let edited = text;
  for (const section of ['sources', 'dependencies'] as const) {
    const own = additions.filter((one) => one.section === section);
    if (own.length > 0) edited = addTo(edited, section, own, { file, code: 'CATALOGUE_INVALID' });
  }
  const kept = new Set(namesIn(edited, 'keep'));
  const added = additions.filter(({ section, name }) => section === 'dependencies' && kept.has(name));
  // Each time the whole text is read: an import brings a thousand entries, and few were kept.
  return added.map(({ name }) => name).reduce(withoutKept, edited);
}

/** What the catalogue has is not kept besides: its lines go, and the section with its last entry. */
function withoutKept(text: string, name: string): string {
  const section = pairOf(parseDocument(text).contents, 'keep');
  const keep = section?.value;
  const item = pairOf(keep, name);
  if (section === undefined || item === undefined || !isMap(keep) || keep.flow === true) return text;
  const first = keep.items.length === 1 ? section.key : item.key;
  if (!isScalar(first) || !isScalar(item.value) || !first.range || !item.value.range) return text;
  const from = text.lastIndexOf('\n', first.range[0]) + 1;
  // A value in lines of its own (`>-`) has the last line feed in it.
  const feed = text.indexOf('\n', item.value.range[1] - 1);
  return text.slice(0, from) + (feed === -1 ? '' : text.slice(feed + 1));
}

function pairOf(map: unknown, name: string): Pair | undefined {
  return isMap(map) ? map.items.find(({ key }) => isScalar(key) && key.value === name) : undefined;
}

/** The same for trust anchors. Throws UsageError `TRUST_INVALID`. */
export function addToPins(text: string, name: string, pin: unknown, file: string): string {
  return addTo(text, 'anchors', [{ name, value: pin }], { file, code: 'TRUST_INVALID' });
}

interface Place {
  readonly file: string;
  readonly code: UsageCode;
}

function addTo(
  text: string,
  section: string,
  additions: readonly Omit<CatalogueAddition, 'section'>[],
  place: Place,
): string {
  const node = parseDocument(text).get(section, true);
  const lines = additions.map(renderAddition).join('\n');
  const isEmpty = (isScalar(node) && node.value === null) || (isMap(node) && node.items.length === 0);
  if (node === undefined || isEmpty) {
    const withoutEmpty = text.replace(
      new RegExp(`^${section}:[ \\t]*(?:\\{[ \\t]*\\}[ \\t]*)?(?:\\r?\\n|$)`, 'm'),
      '',
    );
    if (isEmpty && withoutEmpty === text) throw notABlock(section, place);
    return `${withoutEmpty.replace(/\n*$/, '\n\n')}${section}:\n${lines}`;
  }
  if (!isMap(node) || node.flow === true || !node.range) {
    throw notABlock(section, place);
  }
  // Up to the last line that belongs to it: what is behind may be a comment on the next section.
  const end = text.slice(0, node.range[1]).trimEnd().length;
  const feed = text.indexOf('\n', end);
  const at = feed === -1 ? text.length : feed + 1;
  const before = text.slice(0, at);
  return `${before}${before.endsWith('\n') ? '' : '\n'}\n${lines}${text.slice(at)}`;
}

function notABlock(section: string, { file, code }: Place): UsageError {
  return new UsageError(code, `${file}: "${section}" is not written as a block: it cannot be added to`, {
    hint: 'Write one entry a line, without braces.',
  });
}

function renderAddition({ name, value, comments = [] }: Omit<CatalogueAddition, 'section'>): string {
  const yaml = stringify({ [name]: value }, { lineWidth: 0, singleQuote: true });
  return [...comments.map((line) => `# ${escapeUnprintable(line)}`), ...yaml.trimEnd().split('\n')]
    .map((line) => `  ${line}\n`)
    .join('');
}
