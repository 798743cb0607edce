/**
 * What the catalogue says of the method `apt`: InRelease signature -> Packages -> stanza (apt-secure(8)). There is
 * nothing to choose: the anchor and the limits stand with the suite, and no link of the chain can be left out.
 */
import { z } from 'zod';
import type { Terms } from '../method.ts';

export const aptVerificationSchema = z
  .strictObject({ method: z.literal('apt').describe('the kind of proof') })
  .describe(
    "InRelease, signed by the suite's anchor, names Packages by digest, which names the `.deb` by digest",
  );

/** Whose keys, the suite says. */
export const aptTerms: Terms = {
  assurance: 'signed',
  chain: 'apt',
  documents: { inrelease: 'named', packages: 'named', 'packages-stanza': 'named' },
};
