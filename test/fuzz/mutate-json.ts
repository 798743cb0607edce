/** A JSON document changed as what it is: values, keys and members, and what is within its base64. */
import type { Random } from './random.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Holder = Record<string | number, Json>;
type Mutate = (bytes: Uint8Array, random: Random, others: readonly Uint8Array[]) => Uint8Array;

const scalars: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  2 ** 53,
  '',
  '0',
  'x',
  '\0',
  '__proto__',
  [],
  {},
];

/** Undefined where it is no JSON, or holds nothing. `mutate` changes what is written in base64 in it. */
export function mutateJson(
  bytes: Uint8Array,
  random: Random,
  others: readonly Uint8Array[],
  mutate: Mutate,
): Buffer | undefined {
  const document = read(bytes);
  if (document === undefined) return undefined;
  const place = random.of(placesOf(document));
  if (place === undefined) return undefined;
  const { holder, key } = place;
  const value = holder[key]!;
  switch (random.below(7)) {
    case 0:
      holder[key] = random.of(scalars)!;
      break;
    case 1:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else Reflect.deleteProperty(holder, key);
      break;
    case 2:
      if (Array.isArray(holder)) holder.splice(Number(key), 0, structuredClone(value));
      else holder[`${String(key)}${random.of(['', ' ', 'x', '\0'])!}`] = value;
      break;
    case 3:
      holder[key] = otherValue(document, key, random, others) ?? value;
      break;
    case 4:
      // A key twice, which no value of JavaScript's has.
      return Buffer.from(withKeyTwice(JSON.stringify(document), random));
    default:
      holder[key] = edited(value, random, mutate);
  }
  return Buffer.from(random.oneIn(4) ? JSON.stringify(document, null, 2) : JSON.stringify(document));
}

function read(bytes: Uint8Array): Json | undefined {
  const text = Buffer.from(bytes).toString();
  if (!/^\s*[[{]/.test(text) || text.length > 200_000) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

interface Place {
  readonly holder: Holder;
  readonly key: string | number;
}

function placesOf(value: Json, found: Place[] = []): readonly Place[] {
  if (typeof value !== 'object' || value === null) return found;
  for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
    const holder = value as Holder;
    found.push({ holder, key });
    if (found.length < 5000) placesOf(holder[key]!, found);
  }
  return found;
}

/** What another document has under the same key, or another place of this one. */
function otherValue(document: Json, key: string | number, random: Random, others: readonly Uint8Array[]) {
  const other = read(random.of(others) ?? Buffer.alloc(0)) ?? document;
  const places = placesOf(other);
  const alike = places.filter((place) => place.key === key);
  const found = random.of(alike.length > 0 && !random.oneIn(4) ? alike : places);
  return found && structuredClone(found.holder[found.key]);
}

function edited(value: Json, random: Random, mutate: Mutate): Json {
  if (typeof value === 'number')
    return random.of([value + 1, value - 1, -value, value + 0.5, String(value)])!;
  if (typeof value !== 'string') return random.of(scalars)!;
  const isBase64 = value.length >= 8 && /^[A-Za-z0-9+/]+={0,2}$/.test(value) && value.length % 4 === 0;
  if (isBase64 && !random.oneIn(4)) {
    return Buffer.from(mutate(Buffer.from(value, 'base64'), random, [])).toString('base64');
  }
  return Buffer.from(mutate(Buffer.from(value), random, [])).toString();
}

function withKeyTwice(text: string, random: Random): string {
  const keys = [...text.matchAll(/"(?:[^"\\]|\\.)*":/g)];
  const key = random.of(keys);
  if (key === undefined) return text;
  return `${text.slice(0, key.index)}${key[0]}${random.of(['null', '0', '""', '{}', '[]'])!},${text.slice(key.index)}`;
}
