/**
 * What packages need of each other (deb-control(5), Debian policy 7): `Depends: a (>= 1.0) | b, c:any`, and what of it a
 * package satisfies, with `Provides` and multiarch as dpkg has them.
 */
import { VerificationError } from '../../model/errors.ts';
import { shown, type Stanza } from './deb822.ts';
import { compareDebianVersions, splitDebianVersion } from './debian-version.ts';

const operators = ['<<', '<=', '=', '>=', '>>'] as const;
type Operator = (typeof operators)[number];

export interface Relation {
  readonly name: string;
  /** What is written behind the name, such as `any`; undefined for the architecture of who has the relation. */
  readonly architecture: string | undefined;
  readonly version: { readonly operator: Operator; readonly text: string } | undefined;
}

/** One of several is enough. */
export interface Alternatives {
  /** As written. */
  readonly text: string;
  readonly relations: readonly Relation[];
}

/** A package, as far as others need it. */
export interface PackageFacts {
  readonly name: string;
  /** With its epoch. */
  readonly version: string;
  readonly architecture: string;
  /** The value of `Multi-Arch`; `unknown` where nothing is known but name and version: then it may be any. */
  readonly multiArch: string;
  readonly provides: readonly Relation[];
  /** `Pre-Depends` and `Depends`: each has to be satisfied. */
  readonly needs: readonly Alternatives[];
}

/** Of a stanza of a Packages index or of dpkg's status. Throws VerificationError `EVIDENCE_MALFORMED`. */
export function packageFactsOf(stanza: Stanza, what: string): PackageFacts {
  const textOf = (name: string) => {
    const { value = '', continuation = [] } = stanza.get(name) ?? {};
    return continuation.length === 0 ? value : [value, ...continuation].join(' ').trim();
  };
  const [name, version, architecture] = ['package', 'version', 'architecture'].map(textOf);
  if (!name || !version || !architecture) {
    throw new VerificationError('EVIDENCE_MALFORMED', `${what} lacks Package, Version or Architecture`);
  }
  return {
    ...{ name, version, architecture, multiArch: textOf('multi-arch') },
    provides: parseRelations(textOf('provides'), what).flatMap(({ relations }) => relations),
    needs: [...parseRelations(textOf('pre-depends'), what), ...parseRelations(textOf('depends'), what)],
  };
}

/** Throws VerificationError `EVIDENCE_MALFORMED` for what dpkg would not read either. */
export function parseRelations(field: string, what: string): readonly Alternatives[] {
  return field
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map((text) => ({ text, relations: text.split('|').map((one) => parseRelation(one.trim(), what)) }));
}

const shape =
  /^([A-Za-z0-9][A-Za-z0-9+.-]*)(?::([a-z0-9-]+))?[ \t]*(?:\([ \t]*(<<|<=|>=|>>|=|<|>)[ \t]*([A-Za-z0-9.+~:-]+)[ \t]*\))?$/;

function parseRelation(text: string, what: string): Relation {
  const [, name, architecture, operator, version] = shape.exec(text) ?? [];
  if (name === undefined) {
    throw new VerificationError('EVIDENCE_MALFORMED', `${what} has a relation that is none: ${shown(text)}`);
  }
  // dpkg and apt still read the old operators, as "or equal".
  const written = operator === '<' || operator === '>' ? `${operator}=` : operator;
  const relation = operators.find((one) => one === written);
  return {
    ...{ name, architecture },
    version:
      relation === undefined || version === undefined ? undefined : { operator: relation, text: version },
  };
}

/** `native`: the architecture of the machine, which is also that of packages for all. */
export function satisfies(candidate: PackageFacts, relation: Relation, native: string): boolean {
  if (!fitsArchitecture(candidate, relation, native)) return false;
  if (candidate.name === relation.name && fitsVersion(candidate.version, relation)) return true;
  // What is provided without a version satisfies no relation that has one (policy 7.5).
  return candidate.provides.some(
    ({ name, version }) =>
      name === relation.name &&
      (relation.version === undefined || (version !== undefined && fitsVersion(version.text, relation))),
  );
}

function fitsArchitecture(candidate: PackageFacts, { architecture }: Relation, native: string): boolean {
  if (candidate.multiArch === 'unknown') return true;
  if (architecture === 'any') return candidate.multiArch === 'allowed';
  if (architecture === undefined && candidate.multiArch === 'foreign') return true;
  const wanted = architecture === undefined || architecture === 'native' ? native : architecture;
  return (candidate.architecture === 'all' ? native : candidate.architecture) === wanted;
}

function fitsVersion(found: string, { version }: Relation): boolean {
  if (version === undefined) return true;
  const order = compareDebianVersions(splitDebianVersion(found), splitDebianVersion(version.text));
  switch (version.operator) {
    case '<<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '=':
      return order === 0;
    case '>=':
      return order >= 0;
    case '>>':
      return order > 0;
  }
}
