/**
 * Every JSON document that commands print, by the name in its field `schema`: schemas/NAME.schema.json is made of this.
 * Stable formats: fields are added, none is renamed. Loaded by who writes schemas or holds output to them, and by no
 * command: those know the types.
 */
import { z } from 'zod';
import { changesSchema } from '../changes.ts';
import { offlineReportSchema } from '../offline-report.ts';
import { explanationSchema } from '../proof-chain.ts';
import { upstreamVerdictsSchema } from '../upstream-verdicts.ts';
import * as delivery from './delivery.ts';
import { failureSchema, libraryErrorSchema } from './error.ts';
import * as machine from './machine.ts';
import { schemaId } from './name.ts';
import * as resolving from './resolving.ts';
import * as trust from './trust.ts';
import * as verification from './verification.ts';

export const documents = {
  add: resolving.addSchema,
  changes: changesSchema,
  doctor: machine.doctorSchema,
  error: failureSchema,
  explain: explanationSchema,
  'fetch-deb': verification.fetchDebSchema,
  'fetch-evidence': resolving.fetchEvidenceSchema,
  'image-refs': resolving.imageRefsSchema,
  init: resolving.initSchema,
  mirror: delivery.mirrorSchema,
  'mirror-verify': delivery.mirrorVerdictsSchema,
  package: delivery.packageSchema,
  push: delivery.pushSchema,
  stage: delivery.stageSchema,
  'trust-add': trust.trustAddSchema,
  'update-manifests': resolving.updateManifestsSchema,
  'update-trust': trust.updateTrustSchema,
  'verify-chart': delivery.chartSchema,
  'verify-checksums': verification.checksumsSchema,
  'verify-extracted': delivery.extractedSchema,
  'verify-keys': trust.verifyKeysSchema,
  'verify-offline': offlineReportSchema,
  'verify-release': verification.releaseSchema,
  'verify-signature': verification.signatureSchema,
  'verify-staged': delivery.stagedSchema,
  'verify-upstream': upstreamVerdictsSchema,
  version: machine.versionSchema,
} as const;

export type DocumentName = keyof typeof documents;

/** What a command hands over: a Date is printed as ISO 8601, an AssayError as an error. */
export type DocumentOf<Name extends DocumentName> = Printable<z.output<(typeof documents)[Name]>>;

type Printable<T> = T extends string
  ? T | Date
  : T extends readonly (infer Item)[]
    ? readonly Printable<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Printable<T[Key]> }
      : T;

/** As it is printed, with its field `schema`. Draft 7. */
export function documentJsonSchema(name: DocumentName): unknown {
  const schema = z.literal(schemaId(name)).describe('which of the formats this is, and its version');
  const whole = z.strictObject({ schema, ...documents[name].shape });
  return z.toJSONSchema(whole, { target: 'draft-07', io: 'output' });
}

/** Of `AssayError.toJSON`: it is a part of whatever document its program writes, and has no field `schema`. */
export function libraryErrorJsonSchema(): unknown {
  return z.toJSONSchema(libraryErrorSchema, { target: 'draft-07', io: 'output' });
}
