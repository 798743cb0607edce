/**
 * protobuf's JSON, as far as Sigstore's and in-toto's files need it: `null` is a field that is absent, whatever its
 * type. A field that must be there is refused as `null`, as it is without.
 */
import type { z } from 'zod';

type MayBeAbsent<S extends z.ZodType, T> = z.ZodPipe<
  z.ZodOptional<z.ZodNullable<S>>,
  z.ZodTransform<T, z.output<S> | null | undefined>
>;

/** A field that is undefined where it is absent. */
export function absent<S extends z.ZodType>(schema: S): MayBeAbsent<S, z.output<S> | undefined> {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** A field that has a default. */
export function absentAs<S extends z.ZodType>(schema: S, value: z.output<S>): MayBeAbsent<S, z.output<S>> {
  return schema.nullish().transform((found) => found ?? value);
}
