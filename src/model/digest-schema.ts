/** A digest in a file. In a file of its own: commands that read none do without zod, which takes a while to load. */
import { z } from 'zod';
import { isDigest } from './digest.ts';

export const digestSchema = z
  .string()
  .refine(isDigest, { error: 'must be sha256:<64 lower-case hex> or sha512:<128 lower-case hex>' });
