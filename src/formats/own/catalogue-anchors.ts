/** Trust anchors that a catalogue names, against those that are pinned: a mistake in it is told before any request. */
import { didYouMean, show, type Problem } from '../text/problems.ts';

/** How a catalogue asks for an anchor: by a field that names one, or by a field that needs the one of a fixed name. */
export interface AnchorReference {
  readonly field: string;
  readonly needs?: { readonly name: string; readonly what: string };
  /** A field beside it that names another in its place. */
  readonly unless?: string;
}

interface ReferredKind {
  readonly type: string;
  /** What an anchor of the kind holds, for messages. */
  readonly what: string;
  readonly reference: AnchorReference;
}

export interface PinnedAnchors {
  readonly kinds: readonly ReferredKind[];
  /** By name. */
  readonly anchors: ReadonlyMap<string, { readonly kind: { readonly type: string } }>;
}

interface NamedAnchor {
  readonly name: string;
  readonly kind: ReferredKind;
  /** Where it is named. */
  readonly path: readonly PropertyKey[];
}

/** The anchors that `value` rests on: sources or verifications as the file has them, whatever their type. */
export function anchorsNamedIn(value: unknown, kinds: readonly ReferredKind[]): readonly NamedAnchor[] {
  const found: NamedAnchor[] = [];
  const path: PropertyKey[] = [];
  const visit = (at: object): void => {
    for (const [key, inner] of Object.entries(at) as [string, unknown][]) {
      path.push(Array.isArray(at) ? Number(key) : key);
      const kind = kinds.find(
        ({ reference: { field, unless } }) =>
          field === key && (unless === undefined || !Object.hasOwn(at, unless)),
      );
      const name = kind?.reference.needs?.name ?? inner;
      if (kind !== undefined && typeof name === 'string') found.push({ name, kind, path: [...path] });
      else if (typeof inner === 'object' && inner !== null) visit(inner);
      path.pop();
    }
  };
  if (typeof value === 'object' && value !== null) visit(value);
  return found;
}

/** `value`: as for `anchorsNamedIn`. Each anchor must be pinned, as one of its kind. */
export function checkAnchors(value: unknown, { kinds, anchors }: PinnedAnchors, problems: Problem[]): void {
  for (const { name, kind, path } of anchorsNamedIn(value, kinds)) {
    if (anchors.get(name)?.kind.type === kind.type) continue;
    const known = [...anchors].flatMap(
      ([
        one,
        {
          kind: { type },
        },
      ]) => (type === kind.type ? [one] : []),
    );
    const { what, reference } = kind;
    const message =
      reference.needs === undefined
        ? `names no ${what} of the trust anchors, found ${show(name)}${didYouMean(name, known)}`
        : `needs ${reference.needs.what}, and the trust anchors have none of the name "${name}"`;
    problems.push({ path, message });
  }
}
