/** Of pins and anchors what a person asks first: which, from where, until when. */
import type { PinsSummary } from '../../formats/own/documents/machine.ts';
import { digestOf } from '../../verify/digest.ts';
import type { Trust } from '../../verify/anchors/trust.ts';
import { checkTrust } from './check-trust.ts';
import { expiringKeys } from './key-changes.ts';

/** Each anchor against its pin, without the network. Throws as `checkTrust` does. */
export async function summarizeTrust(trust: Trust, isBundled: boolean, now: Date): Promise<PinsSummary> {
  const { path, bytes } = trust.pinsFile;
  const reviews = await checkTrust(trust, now);
  return {
    ...{ path, isBundled, digest: digestOf('sha256', bytes) },
    anchors: reviews.map((review) => {
      const anchor = trust.anchors.get(review.name);
      const file = anchor?.file(anchor.pin.file).bytes;
      const [first] = [...review.expiring, ...expiringKeys(review)]
        .filter(({ expires }) => expires > now)
        .map(({ expires }) => expires.toISOString())
        .sort();
      const tufRoot = review.root?.tufRoots.at(-1);
      return {
        ...{ name: review.name, type: review.type, file: review.file },
        status: review.status === 'changed' ? 'unchanged' : review.status,
        ...(file === undefined ? {} : { digest: digestOf('sha256', file) }),
        ...(first === undefined ? {} : { expires: first }),
        ...(tufRoot === undefined
          ? {}
          : { tufRoot: { version: tufRoot.version, expires: tufRoot.expires.toISOString() } }),
        ...(anchor?.pin.learnt === undefined ? {} : { learnt: anchor.pin.learnt.trim() }),
      };
    }),
  };
}

/** When the newest key of any anchor that holds was made: the clock is past that. Undefined where none says. */
export async function newestSignedTime(trust: Trust, now: Date): Promise<Date | undefined> {
  const reviews = await checkTrust(trust, now);
  const times = reviews.flatMap(({ keys }) =>
    keys.flatMap(({ after }) => (after === undefined ? [] : [after.created])),
  );
  return times.toSorted((one, other) => one.getTime() - other.getTime()).at(-1);
}
