/** What was found, as text of the catalogue and of the pins; and what a person has to accept for it. */
import { valueIn, type CatalogueAddition } from '../../formats/own/edit-catalogue.ts';
import { PolicyError, UsageError, VerificationError } from '../../model/errors.ts';
import { isSameFingerprint } from '../../verify/anchors/found-key.ts';
import type { Addition } from './add.ts';
import { isAccepted } from './identity.ts';
import type { AddRequest } from './request.ts';

/** Source and entry. */
export function additionsOf(
  { proposal, chosen, tagged }: Addition,
  { kinds, platforms }: Pick<AddRequest, 'kinds' | 'platforms'>,
  now: Date,
): readonly CatalogueAddition[] {
  const { name, source, type, entry, architectures } = proposal;
  const isAll = platforms.every((one) => one.architectures.every((arch) => architectures.includes(arch)));
  const narrowed = platforms
    .map(({ os, architectures: own }) => ({
      os,
      architectures: own.filter((one) => architectures.includes(one)),
    }))
    .filter(({ architectures: own }) => own.length > 0);
  const { learnt } = chosen;
  const day = now.toISOString().slice(0, 10);
  return [
    { section: 'sources', name, value: source },
    {
      section: 'dependencies',
      name,
      value: {
        ...{ kinds, type },
        ...(isAll ? {} : { platforms: narrowed }),
        source: { from: name, ...entry },
        verification: chosen.verification,
        ...(learnt === undefined
          ? {}
          : { learnt: `On first use, ${day}: from the signature of release ${tagged.tag} itself.` }),
      },
    },
  ];
}

/**
 * Is all of it there already, as it would be written now? When it was learnt does not matter. Throws UsageError
 * `CATALOGUE_INVALID` where the name is taken by something else.
 */
export function isThere(text: string, additions: readonly CatalogueAddition[], file: string): boolean {
  const found = additions.map(({ section, name, value }) => {
    const own = valueIn(text, section, name);
    return own === undefined ? undefined : canonical(own) === canonical(value);
  });
  if (found.every((one) => one === true)) return true;
  if (found.every((one) => one === undefined)) return false;
  const name = additions[0]?.name ?? '';
  throw new UsageError('CATALOGUE_INVALID', `${file} has another ${name} already: it is left as it is`, {
    hint: 'Choose another name with --name, or change that entry by review. See what would be written with --dry-run.',
  });
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (key, own: unknown) => {
    if (key === 'learnt') return undefined;
    if (typeof own !== 'object' || own === null || Array.isArray(own)) return own;
    return Object.fromEntries(Object.entries(own).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** What the entry would newly trust, in the words of `--accept`. */
export function toAccept({ chosen: { learnt, key } }: Addition): readonly string[] {
  return [...(key?.fingerprints ?? []), ...(learnt === undefined ? [] : [learnt.identity])];
}

/**
 * Does what a person named cover it? False where nothing was named. Throws VerificationError `PIN_MISMATCH` or
 * `SIGNER_UNTRUSTED` where something else was named than what was found.
 */
export function isCovered({ chosen: { learnt, key } }: Addition, accepted: readonly string[]): boolean {
  if (accepted.length === 0) return learnt === undefined && key === undefined;
  const named = accepted.join(' and ');
  const hint =
    'It is not what you were told by its publisher: somebody else signed it, or they changed it. Nothing was written.';
  if (
    key !== undefined &&
    !key.fingerprints.every((one) => accepted.some((other) => isSameFingerprint(one, other)))
  ) {
    const found = key.fingerprints.join(' and ');
    throw new VerificationError('PIN_MISMATCH', `${key.source} has the key ${found}, accepted was ${named}`, {
      hint,
      context: { found: key.fingerprints, expected: accepted },
    });
  }
  if (learnt !== undefined && !isAccepted(learnt, accepted)) {
    const { identity } = learnt;
    throw new VerificationError('SIGNER_UNTRUSTED', `it is signed by ${identity}, accepted was ${named}`, {
      hint,
      context: { found: identity, expected: accepted },
    });
  }
  return true;
}

/** Nobody is there to ask. */
export function unaccepted(addition: Addition, catalogue: string): PolicyError {
  const needs = toAccept(addition);
  const flags = needs.map((one) => `--accept '${one}'`).join(' ');
  return needs.length === 0
    ? new PolicyError(
        'TRUST_CHANGED',
        `nobody said that ${addition.proposal.name} is to be added to ${catalogue}`,
        {
          hint: 'Its strongest proof is shown above. Add it with --yes.',
        },
      )
    : new PolicyError(
        'TRUST_CHANGED',
        `${addition.proposal.name} would be believed for ${needs.join(' and ')}, which nobody has accepted`,
        {
          hint: `Compare it with what its publisher says elsewhere, then pass ${flags}.`,
          context: { needs },
        },
      );
}
