/**
 * A list of versions as an upstream publishes it in JSON, such as Node's `index.json`, Go's `dl/?mode=json` or HashiCorp's: the
 * tags of those items that fit the catalogue's conditions. Nobody signs it: it says which versions there are, and nothing
 * about their files.
 */
import { VerificationError } from '../../model/errors.ts';
import { valueAt } from '../text/json-pointer.ts';
import { malformed, readEvidenceJson } from './evidence-json.ts';

export type Scalar = string | number | boolean | null;

/** About the value at `pointer` of an item; what is not there is `null`. */
export interface Condition {
  readonly pointer: string;
  readonly is?: Scalar;
  readonly isNot?: Scalar;
}

export interface IndexShape {
  /** To the list, or the map, of items: the document itself, unless given. */
  readonly items?: string;
  /** From an item to its tag. Unless given the item itself, where it is text, or else its key in the map. */
  readonly tag?: string;
  /** All of them must hold. */
  readonly where?: readonly Condition[];
}

export const maxIndexBytes = 16 << 20;

/** Node has published some 800 versions in fifteen years. */
const maxItems = 20_000;

/**
 * Reads untrusted bytes. Throws VerificationError `EVIDENCE_MALFORMED` for what is no such list, an item that fits and has
 * no tag, and a tag that stands there twice: which of the two items counts, nobody could say; `LIMIT_EXCEEDED`.
 */
export function tagsInIndex(
  bytes: Uint8Array,
  { items: pointer = '', tag: tagPointer, where = [] }: IndexShape,
  what: string,
): readonly string[] {
  const document = readEvidenceJson(bytes, what, { maxBytes: maxIndexBytes });
  const items = itemsAt(document, pointer, what);
  if (items.length > maxItems) {
    throw new VerificationError('LIMIT_EXCEEDED', `${what} lists ${String(items.length)} versions`, {
      hint: `No more than ${String(maxItems)} are read.`,
    });
  }
  const known = new Set<string>();
  return items.flatMap(({ key, item }) => {
    const tag =
      tagPointer === undefined ? (typeof item === 'string' ? item : key) : valueAt(item, tagPointer);
    // Before the conditions: one item may say of the other's version what it will.
    if (isTagText(tag) && known.size === known.add(tag).size) throw malformed(what, `it lists ${tag} twice`);
    if (!where.every((condition) => holds(condition, item))) return [];
    return [requireTag(tag, what, `at ${tagPointer ?? 'the key'} of ${key ?? 'an item'}`)];
  });
}

function isTagText(value: unknown): value is string {
  return typeof value === 'string' && /^[!-~]{1,100}$/.test(value);
}

/** What an upstream names as a tag; `where` in `what`, for messages. Throws VerificationError `EVIDENCE_MALFORMED`. */
export function requireTag(value: unknown, what: string, where: string): string {
  if (isTagText(value)) return value;
  const found = value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 80);
  throw malformed(what, `expected a version ${where}, found ${found}`);
}

interface Item {
  /** In a map. */
  readonly key: string | undefined;
  readonly item: unknown;
}

function itemsAt(document: unknown, pointer: string, what: string): readonly Item[] {
  const value = valueAt(document, pointer);
  if (Array.isArray(value)) return (value as unknown[]).map((item) => ({ key: undefined, item }));
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).map(([key, item]) => ({ key, item: item as unknown }));
  }
  const where = pointer === '' ? 'as the document' : `at ${pointer}`;
  throw malformed(what, `expected a list or a map of versions ${where}`);
}

function holds({ pointer, is, isNot }: Condition, item: unknown): boolean {
  const value = valueAt(item, pointer) ?? null;
  return is === undefined ? value !== isNot : value === is;
}
