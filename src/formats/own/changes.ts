/**
 * What differs between two states of manifests, as `assay diff --json` says it: a change an entry, with what to look at
 * first. A stable format: fields are added, and none is renamed.
 */
import { z } from 'zod';
import { architectureSchema, artifactTypeSchema } from '../../model/artifact.ts';
import { digestSchema } from '../../model/digest-schema.ts';
import { assurances } from '../../model/verification.ts';
import { advisoryFindingsSchema } from './advisory-findings.ts';
import { signerSchema, witnessSchema } from './evidence.ts';

/** What can differ, most dangerous first. Those up to `size` are to be looked at, unless something grew stronger. */
export const differenceKinds = [
  'bytes',
  'assurance',
  'method',
  'witness',
  'signer',
  'issuer',
  'key',
  'host',
  'repository',
  'runner',
  'ref',
  'trigger',
  'type',
  'older',
  'size',
  'version',
  'url',
  'providers',
  'content',
] as const;

const differenceSchema = z.strictObject({
  what: z
    .enum(differenceKinds)
    .describe(
      '`bytes`: the same version with another digest; `key`: another pinned key of the same anchor; `witness`: one that was asked besides is gone, or is another; `signer`: another anchor or identity, but for what the version fills in; `repository`: of the certificate, or where it is published; `runner`, `ref`, `trigger`: of the workflow; `older`: a version that went back; `content`: of what is no entry',
    ),
  from: z.string().describe('empty for what there was none of'),
  to: z.string().describe('empty for what there is none of'),
  lookAt: z.literal(true).exactOptional().describe('a reviewer looks at this first'),
});

const sideSchema = z.strictObject({
  version: z.string(),
  url: z.string().describe('of a container image its reference'),
  digest: z.union([digestSchema, z.literal('')]).describe('empty for the stub'),
  size: z.int().describe('in bytes'),
  evidence: z
    .strictObject({
      version: z.string().describe('as upstream orders it: a Debian version has its epoch'),
      assurance: z.enum(assurances),
      digestOnly: z.literal(true).exactOptional().describe('name and version are covered by no signature'),
      method: z.string().describe("as the catalogue's `method` names it"),
      source: z.string().describe("the catalogue's source"),
      signers: z.array(signerSchema),
      witnesses: z
        .array(witnessSchema)
        .exactOptional()
        .describe('what gave the same digest besides; missing where nothing else was asked'),
    })
    .exactOptional()
    .describe('missing where none is kept that is about this entry'),
});

const manifestNameSchema = z.strictObject({ kind: z.string(), os: z.string(), arch: architectureSchema });

const changeSchema = z.strictObject({
  name: z.string().describe('as the catalogue calls it; of an image without evidence its repository'),
  type: z.union([artifactTypeSchema, z.literal('other')]).describe('`other`: a field that is no entry'),
  manifests: z.array(manifestNameSchema).describe('those that it changes in alike'),
  status: z.enum(['added', 'removed', 'changed']),
  before: sideSchema.exactOptional(),
  after: sideSchema.exactOptional(),
  differences: z.array(differenceSchema).describe('most dangerous first'),
  uncompared: z.array(z.enum(['assurance', 'signer'])).describe('what a side without evidence does not tell'),
  links: z.strictObject({
    release: z.string().exactOptional().describe('the page of the release, where its host has one'),
    compare: z.string().exactOptional().describe('what lies between the two tags or commits'),
  }),
});

export const changesSchema = z.strictObject({
  version: z.literal(1).describe('the version of this format'),
  manifests: z.array(manifestNameSchema).describe('all that were compared'),
  changes: z.array(changeSchema).describe('most dangerous first'),
  advisories: advisoryFindingsSchema.optional(),
});

export type DifferenceKind = (typeof differenceKinds)[number];
export type Difference = z.output<typeof differenceSchema>;
export type ChangeSide = z.output<typeof sideSchema>;
export type Change = z.output<typeof changeSchema>;
export type ManifestName = z.output<typeof manifestNameSchema>;
/** All that was compared, and what differs in it. */
export interface Changes {
  readonly manifests: readonly ManifestName[];
  readonly changes: readonly Change[];
}

/** Is there something in it that a reviewer should look at first? */
export function isToLookAt({ differences }: Pick<Change, 'differences'>): boolean {
  return differences.some(({ lookAt }) => lookAt === true);
}
