/**
 * YAML that people write (the catalogue, the trust pins), with the line and column of every field.
 *
 * YAML 1.2, core schema, one document: no directives, no tags, no merge keys, keys are strings and stand once.
 * Anchors and aliases work, within a limit, so that a small file cannot grow into a large value.
 */
import { isScalar, LineCounter, visit } from 'yaml';
import { UsageError } from '../../model/errors.ts';
import type { UsageCode } from '../../model/errors.ts';
import { formatPath, show } from '../text/problems.ts';
import { openingOf } from './yaml-opening.ts';
import { compose, offsetOf, positionIn, type Pairs, type YamlTree } from './yaml-places.ts';
import { readPlainYaml } from '../text/plain-yaml.ts';
import type { CheckOptions, Position, Problem } from '../text/problems.ts';

export interface YamlDocument {
  readonly value: unknown;
  /** One error that lists all the problems by line; `problems` must not be empty. */
  failure(problems: readonly Problem[], hint?: string): UsageError;
}

type Located = Position & { readonly path: string; readonly message: string };

/** Five thousand entries of a catalogue have a tenth of it, or a quarter where they are verbose. */
const maxTextLength = 8 << 20;
const maxAliases = 100;
/** What is printed: past that many the cause is one, and elsewhere. */
const maxListed = 100;

/**
 * Parses untrusted text. Where values are secrets (`showsValues: false`), what it throws quotes nothing of the text,
 * names and tags included: anything can be one by a slip of the pen. Throws UsageError with `code` for anything but one
 * well-formed document.
 */
export function parseYamlDocument(
  text: string,
  file: string,
  code: UsageCode,
  options: CheckOptions = {},
): YamlDocument {
  const value = text.length > maxTextLength ? undefined : readPlainYaml(text);
  if (value === undefined) return parseAnyYaml(text, file, code, options);
  return {
    value,
    // Only the whole parser knows where each field is.
    failure: (problems, hint) => parseAnyYaml(text, file, code, options).failure(problems, hint),
  };
}

function parseAnyYaml(
  text: string,
  file: string,
  code: UsageCode,
  { showsValues = true }: CheckOptions,
): YamlDocument {
  const at = (line: number, column: number, message: string): UsageError =>
    listing(file, code, [{ line, column, path: '', message }]);
  const quoting = (error: UsageError, cause: unknown): UsageError => {
    if (showsValues) error.cause = cause;
    return error;
  };
  if (text.length > maxTextLength) throw at(1, 1, `is larger than ${maxTextLength} characters`);
  const lines = new LineCounter();
  const position = (offset: number) => positionIn(lines, offset);

  const document = compose(text, lines, (cause) =>
    quoting(at(1, 1, 'cannot be read as YAML: it is nested too deeply or refers to itself'), cause),
  );
  // What comes after the first is mostly the parser's way out of that: one slip is one problem.
  const found = [...document.errors].sort((a, b) => a.pos[0] - b.pos[0]).slice(0, 1);
  const syntax = [...(found.length > 0 ? found : document.warnings)].map((problem) => ({
    ...position(openingOf(document, problem)),
    path: '',
    message: showsValues
      ? problem.message
      : `is not well-formed YAML (${problem.code}): put text that is more than letters and digits in quotes`,
  }));
  for (const { offset, message, found } of syntax.length > 0 ? [] : refusals(document)) {
    syntax.push({
      ...position(offset),
      path: '',
      message: found === undefined || !showsValues ? message : `${message}, found ${show(found)}`,
    });
  }
  const directive = /^%.*$/m.exec(text);
  if (directive !== null && directive.index < (document.contents?.range[0] ?? 0)) {
    syntax.push({ ...position(directive.index), path: '', message: 'directives are not accepted' });
  }
  if (syntax.length > 0) throw listing(file, code, syntax);
  const pairs: Pairs = new WeakMap();

  return {
    value: toValue(document, (cause) =>
      quoting(at(1, 1, `has aliases that expand too far (the limit is ${maxAliases})`), cause),
    ),
    failure: (problems, hint) =>
      listing(
        file,
        code,
        problems.map((problem) => ({
          ...position(offsetOf(document, problem, pairs)),
          path: formatPath(problem.shownPath ?? problem.path),
          message: problem.message,
        })),
        hint,
      ),
  };
}

function toValue(document: YamlTree, failed: (cause: unknown) => Error): unknown {
  try {
    return document.toJS({ maxAliasCount: maxAliases });
  } catch (error) {
    throw failed(error);
  }
}

interface Refusal {
  readonly offset: number;
  readonly message: string;
  /** What is there, in the file's own words. */
  readonly found?: string;
}

/** What YAML's syntax allows and these files do not: tags, loose aliases, a key that would be lost in an object. */
function refusals(document: YamlTree): Refusal[] {
  const refused: Refusal[] = [];
  const keysOf = new WeakMap<object, Set<unknown>>();
  let aliases = 0;
  visit(document.contents, {
    Alias: (_, alias, ancestors) => {
      aliases += 1;
      const offset = alias.range?.[0] ?? 0;
      const target = alias.resolve(document);
      if (aliases > maxAliases) {
        refused.push({ offset, message: `has more than ${maxAliases} aliases` });
        return visit.BREAK;
      }
      if (target === undefined) {
        refused.push({ offset, message: 'no anchor before it has this name', found: alias.source });
      } else if (ancestors.includes(target)) {
        refused.push({ offset, message: 'the alias holds itself', found: alias.source });
      }
      return undefined;
    },
    Value: (_, node) => {
      if (node.tag !== undefined && node.tag !== '') {
        refused.push({
          offset: node.range?.[0] ?? 0,
          message: 'tags are not accepted',
          found: node.tag,
        });
      }
    },
    Pair: (_, { key }, ancestors) => {
      const map = ancestors.at(-1);
      if (!isScalar(key) || map === undefined) return;
      const offset = key.range?.[0] ?? 0;
      const keys = keysOf.get(map) ?? new Set();
      keysOf.set(map, keys);
      if (keys.has(key.value)) refused.push({ offset, message: 'Map keys must be unique' });
      keys.add(key.value);
      if (key.value === '__proto__') refused.push({ offset, message: 'the key __proto__ is not accepted' });
    },
  });
  return refused;
}

function listing(file: string, code: UsageCode, located: readonly Located[], hint?: string): UsageError {
  const sorted = [...located].sort((a, b) => a.line - b.line || a.column - b.column);
  const lines = sorted
    .slice(0, maxListed)
    .map(
      ({ line, column, path, message }) =>
        `  ${file}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`,
    );
  if (sorted.length > maxListed) lines.push(`  … and ${sorted.length - maxListed} more`);
  const count = sorted.length === 1 ? '1 problem' : `${sorted.length} problems`;
  return new UsageError(code, `${file}: ${count}`, {
    lines,
    hint,
    context: { file, problems: sorted },
  });
}
