/** What was found, as text of the catalogue and of the pins; and what a person has to accept for it. */
import { valueIn, type CatalogueAddition } from '../../formats/own/edit-catalogue.ts';
import { PolicyError, UsageError, VerificationError } from '../../model/errors.ts';
import { isSameFingerprint } from '../../verify/anchors/found-key.ts';
import type { Addition } from './look.ts';
import { isAccepted } from './identity.ts';
import type { AddSubject } from './request.ts';
import { sorted } from '../../formats/text/record.ts';

/** Source and entry. */
export function additionsOf(
  { proposal, chosen, tagged }: Addition,
  { kinds, platforms }: Pick<AddSubject, 'kinds' | 'platforms'>,
  now: Date,
): readonly CatalogueAddition[] {
  const { name, from = name, isSourceThere, type, entry, architectures } = proposal;
  const source = chosen.way?.source ?? proposal.source;
  const isAll = platforms.every((one) => one.architectures.every((arch) => architectures.includes(arch)));
  const narrowed = platforms
    .map(({ os, architectures: own }) => ({
      os,
      architectures: own.filter((one) => architectures.includes(one)),
    }))
    .filter(({ architectures: own }) => own.length > 0);
  const { learnt, digest } = chosen.way ?? {};
  const day = now.toISOString().slice(0, 10);
  return [
    ...(isSourceThere === true ? [] : [{ section: 'sources' as const, name: from, value: source }]),
    {
      section: 'dependencies',
      name,
      value: {
        ...{ kinds, type },
        ...(isAll ? {} : { platforms: narrowed }),
        source: { from, ...entry },
        verification: chosen.verification,
        ...(learnt === undefined
          ? {}
          : { learnt: `On first use, ${day}: from the signature of release ${tagged.tag} itself.` }),
        ...(digest === undefined ? {} : { learnt: `On first use, ${day}: from who serves ${tagged.tag}.` }),
      },
    },
  ];
}

/**
 * What of it is not there already, as it would be written now. When it was learnt does not matter. Throws UsageError
 * `CATALOGUE_INVALID` where a name is taken by something else.
 */
export function missingIn(
  text: string,
  additions: readonly CatalogueAddition[],
  file: string,
): readonly CatalogueAddition[] {
  return additions.filter(({ section, name, value }) => {
    const own = valueIn(text, section, name);
    if (own === undefined || canonical(own) === canonical(value)) return own === undefined;
    throw new UsageError('CATALOGUE_INVALID', `${file} has another ${name} already: it is left as it is`, {
      hint: 'Choose another name with --name, or change that entry by review. See what would be written with --dry-run.',
    });
  });
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (key, own: unknown) => {
    if (key === 'learnt') return undefined;
    if (typeof own !== 'object' || own === null || Array.isArray(own)) return own;
    return sorted(own as Readonly<Record<string, unknown>>);
  });
}

/** Whom an entry names that was written before. */
export function namedIn(entry: unknown): readonly string[] {
  const fields: unknown =
    typeof entry === 'object' && entry !== null && 'verification' in entry ? entry.verification : {};
  return Object.values(fields ?? {}).filter((value) => typeof value === 'string');
}

/** What the entry would newly trust, in the words of `--accept`. */
export function toAccept({ chosen: { way } }: Addition): readonly string[] {
  const { key, learnt, digest } = way ?? {};
  return [...(key?.fingerprints ?? []), ...[learnt?.identity, digest].filter((one) => one !== undefined)];
}

/**
 * Does what a person named cover it? False where nothing was named. Throws VerificationError `PIN_MISMATCH`,
 * `SIGNER_UNTRUSTED` or `DIGEST_MISMATCH` where something else was named than what was found.
 */
export function isCovered(addition: Addition, accepted: readonly string[]): boolean {
  const { learnt, key, digest } = addition.chosen.way ?? {};
  if (accepted.length === 0) return toAccept(addition).length === 0;
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
  if (digest !== undefined && !accepted.includes(digest)) {
    throw new VerificationError('DIGEST_MISMATCH', `it has the digest ${digest}, accepted was ${named}`, {
      hint,
      context: { found: digest, expected: accepted },
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
