/** One bit of what vouches is another: whoever judges it has to refuse. */
import { flipBit } from '../../scripts/upstream/bits.ts';
import { AssayError } from '../../src/model/errors.ts';

/**
 * What is made of it all the same, with one bit flipped in each byte, or in so many places that are spread over them.
 * A refusal has exit code 5; what is thrown besides is a bug, and thrown on.
 */
export async function takenWithFlips<T>(
  whole: Uint8Array,
  judge: (flipped: Buffer) => Promise<T>,
  places = whole.length,
): Promise<readonly T[]> {
  const taken: T[] = [];
  for (let place = 0; place < places; place += 1) {
    const at = Math.floor((place * whole.length) / places);
    try {
      taken.push(await judge(flipBit(whole, at * 8 + (place % 8))));
    } catch (error) {
      if (!(error instanceof AssayError) || error.exitCode !== 5) throw error;
    }
  }
  return taken;
}
