/** Where the fields of a YAML text are. */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, Pair, ParsedNode, YAMLMap } from 'yaml';
import type { Position, Problem } from '../text/problems.ts';

export function positionIn(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** Of text that was parsed already: by the path of a field, where its key is, or the nearest one that is there. */
export function placesInYaml(text: string): (path: readonly PropertyKey[]) => Position {
  const [lines, pairs]: [LineCounter, Pairs] = [new LineCounter(), new WeakMap()];
  const document = compose(text, lines, () => new TypeError('it was parsed before'));
  return (path) => positionIn(lines, offsetOf(document, { path, at: 'key' }, pairs));
}

export type YamlTree = Document.Parsed;

export function compose(text: string, lineCounter: LineCounter, failed: (cause: unknown) => Error): YamlTree {
  try {
    return parseDocument(text, {
      version: '1.2',
      schema: 'core',
      strict: true,
      // Looked for below: the library compares each key with every other one.
      uniqueKeys: false,
      stringKeys: true,
      merge: false,
      resolveKnownTags: false,
      prettyErrors: false,
      // 'silent' would also be silent about a second document.
      logLevel: 'error',
      lineCounter,
    });
  } catch (error) {
    throw failed(error);
  }
}

/** By the key, of each map that was looked into. */
export type Pairs = WeakMap<YAMLMap, ReadonlyMap<unknown, Pair>>;

function pairsOf(map: YAMLMap, known: Pairs): ReadonlyMap<unknown, Pair> {
  const pairs =
    known.get(map) ?? new Map(map.items.map((pair) => [isScalar(pair.key) ? pair.key.value : pair, pair]));
  known.set(map, pairs);
  return pairs;
}

/** The place of a problem; where its field is missing, the place of the nearest field that is there. */
export function offsetOf(document: YamlTree, problem: Pick<Problem, 'path' | 'at'>, pairs: Pairs): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range[0] ?? 0;
  for (const step of problem.path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = pairsOf(node, pairs).get(step);
      if (pair === undefined) return offset;
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof step === 'number') {
      node = node.items[step];
      offset = (node as ParsedNode | undefined)?.range[0] ?? offset;
    } else {
      return offset;
    }
  }
  // A map or a list is found by its key; a scalar by itself.
  return problem.at !== 'key' && isScalar(node) ? (node.range?.[0] ?? offset) : offset;
}
