/** What the keys that an anchor's sources serve ask of a person, and the pins that follow from what was accepted. */
import type { VerificationError } from '../../model/errors.ts';
import type { OpenpgpPin } from '../../verify/anchors/openpgp.ts';
import type { ServedKey } from '../../verify/openpgp/fetched-keys.ts';
import { primariesMismatch, type KeyPins } from '../../verify/openpgp/key-block.ts';
import { refusalOfPrimary, type FlawedStanding } from '../../verify/openpgp/primary-standing.ts';

export interface KeyDecisions {
  /** With all that was accepted; what stays pinned keeps its place. */
  readonly pins: Required<KeyPins>;
  /** What changes the pins because it was named, or comes of that; nothing while there are `needs`. */
  readonly accepted: readonly string[];
  /** What has to be named, and was not: see `error`. */
  readonly needs: readonly string[];
  readonly error: VerificationError | undefined;
  /** Sentences for the reviewer. */
  readonly notes: readonly string[];
}

/**
 * A primary that is served and not pinned, or pinned and not served, has to be named; so has a pinned one that can never
 * vouch again. Named, one that can vouch is pinned, and one that cannot is retired. What is lost for good goes with
 * whatever else of the anchor is accepted. An expired key stays pinned unless it is named: it may be renewed.
 */
export function decideKeys(
  { fingerprints: pinned, retired }: OpenpgpPin,
  served: readonly ServedKey[],
  accept: ReadonlySet<string>,
): KeyDecisions {
  const isNamed = (key: string) => accept.has(key);
  const names = served.map(({ fingerprint }) => fingerprint);
  const flaws = flawsOf(served);
  const added = names.filter((key) => !pinned.includes(key) && !retired.includes(key));
  const missing = pinned.filter((key) => !names.includes(key));
  const changes = [...added, ...missing];
  // Without another key there is nothing to go on with: then the flaw itself is the error.
  const hasOther = served.some(
    ({ fingerprint, standing }) => standing.kind === 'usable' && !retired.includes(fingerprint),
  );
  const retirable = hasOther ? [...pinned, ...added].filter((key) => flaws.has(key)) : [];
  const lost = retirable.filter((key) => pinned.includes(key) && flaws.get(key)?.kind !== 'expired');

  const isDecided = [...changes, ...lost].some(isNamed);
  const toRetire = retirable.filter((key) => isNamed(key) || (isDecided && lost.includes(key)));
  const needs = [...changes, ...lost].filter((key) => !isNamed(key) && !toRetire.includes(key));
  const stay = pinned.filter((key) => names.includes(key) && !toRetire.includes(key));
  const come = added.filter((key) => isNamed(key) && !toRetire.includes(key));
  const [firstLost] = lost.flatMap((key) => flaws.get(key) ?? []);
  return {
    pins: { fingerprints: [...stay, ...come], retired: [...retired, ...toRetire] },
    accepted: needs.length > 0 ? [] : [...new Set([...changes, ...toRetire])],
    needs,
    error:
      needs.length === 0
        ? undefined
        : (primariesMismatch(names, pinned, retired) ?? (firstLost && refusalOfPrimary(firstLost))),
    notes: [
      ...toRetire.map((key) => `${key} is retired from now on: ${flaws.get(key)?.why ?? ''}.`),
      ...retirable
        .filter((key) => needs.includes(key))
        .map((key) => `Named with --accept, ${key} is retired: ${flaws.get(key)?.why ?? ''}.`),
      ...retired.filter((key) => names.includes(key)).map((key) => `${key} is retired, and still served.`),
      ...stay
        .filter(isNamed)
        .map((key) => `${key} is pinned and still served: it stays, there was nothing to accept.`),
      ...retired
        .filter(isNamed)
        .map((key) => `${key} stays retired: whoever wants it back writes so in pins.yaml.`),
    ],
  };
}

/** What is served, as far as it is fit, for a person to look at before it is accepted. */
export function pinsToShow(
  { fingerprints: pinned, retired }: OpenpgpPin,
  served: readonly ServedKey[],
): Required<KeyPins> {
  const flaws = flawsOf(served);
  const isShown = (key: string) =>
    !retired.includes(key) &&
    (!flaws.has(key) || (pinned.includes(key) && flaws.get(key)?.kind === 'expired'));
  const names = served.map(({ fingerprint }) => fingerprint);
  return { fingerprints: names.filter(isShown), retired: names.filter((key) => !isShown(key)) };
}

/** Of those that cannot vouch. A key of tomorrow is none of them: it is refused as it is. */
function flawsOf(served: readonly ServedKey[]): ReadonlyMap<string, FlawedStanding> {
  return new Map(
    served.flatMap(({ fingerprint, standing }) =>
      standing.kind === 'usable' || standing.kind === 'from-future' ? [] : [[fingerprint, standing] as const],
    ),
  );
}
