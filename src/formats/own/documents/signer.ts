/** Who vouched, as commands print it: a key may also be one that the user gave, which is no anchor. */
import { z } from 'zod';
import { signerSchema } from '../evidence.ts';

const [openpgp, sigstore, publicKey] = signerSchema.options;

export const printedSignerSchema = z.discriminatedUnion('method', [
  openpgp,
  sigstore,
  publicKey.extend({ anchor: publicKey.shape.anchor.exactOptional() }),
]);
