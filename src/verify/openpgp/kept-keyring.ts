/**
 * The keyring of another day: a key file that a kept proof rests on, for judging that proof again.
 *
 * Such a file is no anchor by itself: who writes evidence chooses it. So of its keys those alone may vouch that today's
 * pins know, and each is joined with the copy that is trusted today. What its owner has said since is in that copy, and
 * counts from its date on as OpenPGP has it (RFC 9580, 5.2.3.31): that the key was superseded or retired, or expires
 * earlier, says nothing of what it signed before; any other revocation takes all of it away.
 */
import { enums, type PublicKey, type SignaturePacket } from 'openpgp';
import { VerificationError } from '../../model/errors.ts';
import { mint } from '../../model/minted.ts';
import { fingerprintOf, primariesMismatch, type KeyPins } from './key-block.ts';
import { joinKeyFiles, notesOf } from './key-file.ts';
import type { Keyring, KeyringFile } from './keyring.ts';
import { readPublicKeys } from './read-keys.ts';

export interface KeptKeyring {
  /** Untrusted. */
  readonly kept: Uint8Array;
  /** The anchor's file as it is trusted today; undefined where there is none. */
  readonly today: KeyringFile | undefined;
  /** Of today. */
  readonly pins: KeyPins;
  readonly anchor: string;
  /** The time that the proof was judged by. */
  readonly then: Date;
}

/**
 * A key that is retired in the pins may have been stolen: it counts only where its owner says since when it was
 * superseded or retired, and `then` is before. Throws VerificationError `PIN_MISMATCH` where today's file is not as it is
 * pinned, or the pins know none of the kept keys; and as `readPublicKeys` does.
 */
export async function readKeptKeyring({ kept, today, pins, anchor, then }: KeptKeyring): Promise<Keyring> {
  const { fingerprints, retired = [] } = pins;
  const current = today && (await readPublicKeys(today.bytes));
  const mismatch = current && primariesMismatch(current.keys.map(fingerprintOf), fingerprints, retired);
  if (mismatch !== undefined) throw mismatch;
  const old = await readPublicKeys(kept);
  // Who writes evidence, or stole a key, can have made these: that a key ended later is for today's copy alone to say.
  for (const key of old.keys) dropLaterEnds(key, then);
  const names = old.keys.map(fingerprintOf);
  const joined = await joinKeyFiles(current === undefined ? [old] : [old, current]);
  const known = joined.keys.filter((key) => names.includes(fingerprintOf(key)));
  // Of a key that the pins do not know nobody is its owner.
  const endings = known.filter((key) => dropLaterEnds(key, then)).map(fingerprintOf);
  const ended = new Set(endings.filter((name) => retired.includes(name)));
  const keys = known.filter((key) => {
    const name = fingerprintOf(key);
    return fingerprints.includes(name) || ended.has(name);
  });
  if (keys.length === 0 && !names.some((name) => retired.includes(name))) {
    throw new VerificationError(
      'PIN_MISMATCH',
      `the keys of the anchor ${anchor} that it rests on are not pinned any more: ${names.join(', ')}`,
      {
        hint: 'What they vouched for counts as long as they are pinned. Resolve it anew: update-manifests.',
        context: { expected: [...fingerprints, ...retired], found: names },
      },
    );
  }
  // A retired one that ended since is found among the keys first.
  return mint('Keyring', { keys, anchor, retired, notes: notesOf(joined) });
}

/** Takes from a key, and from its subkeys, what ends it without a doubt about the time before. Was its primary ended so? */
function dropLaterEnds(key: PublicKey, then: Date): boolean {
  const isEnded = key.revocationSignatures.some((one) => isLaterEnd(one, then));
  for (const holder of [key, ...key.subkeys]) {
    holder.revocationSignatures = holder.revocationSignatures.filter((one) => !isLaterEnd(one, then));
  }
  return isEnded && key.revocationSignatures.length === 0;
}

function isLaterEnd({ reasonForRevocationFlag, created }: SignaturePacket, then: Date): boolean {
  return softReasons.has(reasonForRevocationFlag) && created !== null && created > then;
}

const softReasons: ReadonlySet<enums.reasonForRevocation | null> = new Set([
  enums.reasonForRevocation.keySuperseded,
  enums.reasonForRevocation.keyRetired,
]);
