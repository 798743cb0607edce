/**
 * What only a verifier makes. One private field makes the type nominal for the compiler, and is looked for at run time,
 * where something rests on it: a cast, a copy, a clone, a descendant and a proxy do not have it.
 */
class Minted<Kind extends string> {
  readonly #kind: Kind;

  constructor(kind: Kind) {
    this.#kind = kind;
  }

  static has(value: object, kind: string): boolean {
    return #kind in value && value.#kind === kind;
  }
}

export type { Minted };

/** The only way to make one, for `src/verify` alone: the linter refuses its import elsewhere. */
export function mint<Kind extends string, Content extends object>(
  kind: Kind,
  content: Content,
): Minted<Kind> & Readonly<Content> {
  const minted = Object.assign(new Minted(kind), content);
  Object.freeze(minted);
  return minted;
}

/** Throws TypeError for what only claims to be `kind`: a bug in assay, or an attack on its types. */
export function assertMinted<Kind extends string>(value: Minted<Kind>, kind: Kind): void {
  if (!Minted.has(value, kind)) throw new TypeError(`refused: this ${kind} was never verified`);
}
