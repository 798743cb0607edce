/**
 * `waivers` of the catalogue: what the ratchet would refuse, and a person has decided. Each names one entry and one change
 * of it, exactly, and ends by itself.
 */
import { z } from 'zod';
import { didYouMean, show, type Problem } from '../text/problems.ts';
import { dependencyKeySchema, freeTextSchema } from './names.ts';

/** What an entry must not become other in unseen, most dangerous first: some of `differenceKinds`. */
export const ratchetedKinds = [
  'assurance',
  'method',
  'witness',
  'signer',
  'issuer',
  'host',
  'repository',
  'runner',
  'ref',
] as const;

const valueSchema = z
  .string()
  .max(2000)
  .regex(/^[^\x00-\x1f\x7f-\x9f]*$/, { error: 'must be one line' });

export const waiverSchema = z
  .strictObject({
    entry: dependencyKeySchema.describe('the dependency'),
    change: z.enum(ratchetedKinds).describe('what becomes weaker or another, as the refusal names it'),
    from: valueSchema.describe('what it was, exactly as the refusal says it'),
    to: valueSchema.describe('what it becomes, likewise; empty for nothing'),
    reason: freeTextSchema.describe('why that is right'),
    expires: z.iso.date().describe('the last day on which it counts (UTC): `2027-01-31`'),
  })
  .refine(({ from, to }) => from !== to, { error: 'must be another than "from"', path: ['to'] });

export type Waiver = z.output<typeof waiverSchema>;

/** Each is for a dependency of the file, and no two are for one change. */
export function checkWaivers(
  waivers: readonly Waiver[],
  names: readonly string[],
  problems: Problem[],
): void {
  const seen = new Set<string>();
  for (const [index, { entry, change, from, to }] of waivers.entries()) {
    const path = ['waivers', index];
    if (!names.includes(entry)) {
      const message = `is no dependency of this file, found ${show(entry)}${didYouMean(entry, names)}`;
      problems.push({ path: [...path, 'entry'], message });
    }
    const key = JSON.stringify([entry, change, from, to]);
    if (seen.has(key)) problems.push({ path, message: 'is listed twice' });
    seen.add(key);
  }
}

/** Does it count at that time? All of its last day does. */
export function isInForce({ expires }: Waiver, now: Date): boolean {
  return now.getTime() < Date.parse(`${expires}T00:00:00Z`) + 86_400_000;
}
