/** What `--version --verbose --json` and `doctor --json` print: of the program, and of the machine that it runs on. */
import { z } from 'zod';

const time = z.iso.datetime();

const anchorSchema = z.strictObject({
  name: z.string(),
  type: z.string().describe('as pins.yaml says it'),
  status: z.enum(['unchanged', 'missing', 'refused']).describe('against its pin'),
  file: z.string(),
  digest: z.string().exactOptional().describe('of the file, where it is there'),
  expires: time.exactOptional().describe('what of it expires first'),
  tufRoot: z
    .strictObject({ version: z.int(), expires: time })
    .exactOptional()
    .describe('the TUF root that its file was published under'),
  learnt: z.string().exactOptional().describe('where its pin was learnt'),
});

const pinsSchema = z.strictObject({
  path: z.string(),
  isBundled: z.boolean().describe('is it part of the program?'),
  digest: z.string().exactOptional().describe('of pins.yaml'),
  error: z.string().exactOptional().describe('why there are no anchors'),
  anchors: z.array(anchorSchema),
});

export const versionSchema = z.strictObject({
  version: z.string(),
  commit: z.string().exactOptional().describe('what it was built from; absent where nobody knows'),
  committedAt: time.exactOptional(),
  isModified: z.boolean().describe('were there changes that no commit has?'),
  node: z.string(),
  platform: z.string().describe('such as `linux x64`'),
  trust: z.array(pinsSchema).describe("those of the program, and this folder's"),
});

export type VersionDocument = z.output<typeof versionSchema>;
export type PinsSummary = z.output<typeof pinsSchema>;

const checkSchema = z.strictObject({
  name: z
    .string()
    .describe(
      '`node`, `proxy`, `certificates`, `anchors`, `catalogue`, `network`, `clock`, `token`, `cache`, `lock`, or `tool NAME`',
    ),
  verdict: z
    .enum(['ok', 'note', 'wrong'])
    .describe(
      '`note`: good to know, and no fault. `wrong`: what resolves and stages would fail by it, or mislead',
    ),
  found: z.string().describe('what is there'),
  meaning: z.string().exactOptional().describe('what that means, or what to do'),
  facts: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .exactOptional()
    .describe('the same for programs: sizes in bytes, times in ISO 8601'),
});

export const doctorSchema = z.strictObject({
  exitCode: z.union([z.literal(0), z.literal(2)]).describe('2 where anything is `wrong`'),
  checks: z.array(checkSchema),
});

export type Check = z.output<typeof checkSchema>;
export type DoctorDocument = z.output<typeof doctorSchema>;
