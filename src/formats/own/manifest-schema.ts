/**
 * The manifest `<kind>.<os>.<arch>.json` as types and rules (docs/manifest.md). The shape is a contract with
 * consumers that this project does not own: an install script that greps it, a shell renderer, a Go program.
 *
 * The order of keys in these schemas is the order in the file. The same rules hold on reading and on writing.
 */
import { z } from 'zod';
import { architectureSchema, fileTypeSchema, isInstallable } from '../../model/artifact.ts';
import { digestSchema } from '../../model/digest-schema.ts';
import { artifactUrlSchema } from '../text/https-url.ts';
import { dependencyKeySchema, listOf, nameSchema, osSchema } from './names.ts';
import { stagedName } from './vm-paths.ts';

/** Without a Debian epoch or a tag's leading `v`: it becomes a path segment, and is compared as text. */
export const manifestVersionSchema = z
  .string()
  .max(200)
  .regex(/^(?!v[0-9])[A-Za-z0-9][A-Za-z0-9.+~_-]*$/, {
    error: 'must be a version without a leading "v" or an epoch, of letters, digits and ".+~_-"',
  });

/** Consumers reject a size of 0. */
const sizeSchema = z.int({ error: sizeRule }).positive({ error: sizeRule });
function sizeRule({ input }: { input: unknown }): string {
  return input === undefined ? 'is missing' : 'must be a whole number of bytes, greater than 0';
}

const dependencySchema = z.strictObject({
  version: manifestVersionSchema,
  url: artifactUrlSchema,
  type: fileTypeSchema,
  digest: digestSchema,
  size: sizeSchema,
  providers: listOf(nameSchema).exactOptional(),
});

/** `vmconfig` in a manifest under development: the VM's own configuration, not built yet. */
const stubSchema = z.strictObject({
  version: z.literal('dev'),
  url: z.literal(''),
  type: z.literal('tar.gz'),
  digest: z.literal(''),
  size: z.literal(0),
  providers: listOf(nameSchema).exactOptional(),
});

export const stubKey = 'vmconfig';

/** What is no dependency and no container image, as messages and the catalogue's `keep` name it. */
export const osImageName = 'os.image';
export const osBootName = 'os.boot';

/** The OS image's key in mirrors, and among staged names: no dependency may have it. */
export const osImageKey = 'os-image';

const osImageSchema = z.strictObject({
  version: manifestVersionSchema,
  url: artifactUrlSchema,
  type: z.literal('qcow2'),
  digest: digestSchema,
  size: sizeSchema,
});

const bootFileSchema = z.strictObject({
  partition: z.int().positive(),
  path: z.string().regex(/^(?:\/[A-Za-z0-9.+~_-]+)+$/, { error: 'must be an absolute path of plain names' }),
  digest: digestSchema,
});

const bootSchema = z.strictObject({
  cmdline: z
    .string()
    .regex(/^[^\x00-\x1f\x7f-\x9f]+$/, { error: 'must be one line without control characters' })
    .refine((text) => text.isWellFormed(), { error: 'must not hold half of a surrogate pair' }),
  kernel: bootFileSchema,
  initrd: bootFileSchema,
});

/** An image reference as the OCI distribution specification writes it, with a tag and without a digest. */
const imageReference =
  /^[a-z0-9]+(?:[.-][a-z0-9]+)*(?::[0-9]+)?(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)+:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

const imageSchema = z.strictObject({
  image: z.string().max(512).regex(imageReference, { error: 'must be an image reference with a tag' }),
  digest: digestSchema,
  size: sizeSchema,
  platform: z
    .string()
    .regex(/^[a-z0-9]+\/[a-z0-9]+(?:\/[a-z0-9]+)?$/, { error: 'must be os/architecture' })
    .exactOptional(),
  index: digestSchema.exactOptional(),
});

/** What one field at a time can say; `manifestSchema` adds what holds between them. */
const manifestShape = z.strictObject({
  vmconfig: z.strictObject({
    version: manifestVersionSchema,
    kind: nameSchema,
    os: z.strictObject({
      name: osSchema,
      arch: architectureSchema,
      /** Missing only where the catalogue has none, or was not asked for it. */
      image: osImageSchema.exactOptional(),
      /** Without it a local VM boots through firmware. */
      boot: bootSchema.exactOptional(),
    }),
    dependencies: z.record(dependencyKeySchema, z.union([dependencySchema, stubSchema])),
    images: z.array(imageSchema),
  }),
});

export type Manifest = z.output<typeof manifestShape>;
/** Resolved, or the stub of `vmconfig` with an empty URL and digest: see `isStub`. */
export type ManifestDependency = Manifest['vmconfig']['dependencies'][string];
export type ManifestImage = Manifest['vmconfig']['images'][number];
export type StubDependency = z.output<typeof stubSchema>;

/** Is there nothing to fetch behind this entry yet? */
export function isStub(dependency: ManifestDependency): dependency is StubDependency {
  return dependency.digest === '';
}

export const manifestSchema = manifestShape.superRefine(({ vmconfig }, context) => {
  const refuse = (path: PropertyKey[], message: string): void => {
    context.addIssue({ code: 'custom', message, path: ['vmconfig', ...path] });
  };
  const staged = new Map([[stagedName(osImageKey, 'qcow2'), 'the OS image']]);
  for (const [key, dependency] of Object.entries(vmconfig.dependencies)) {
    if (isStub(dependency) && key !== stubKey) {
      refuse(['dependencies', key], `is a stub, which only ${stubKey} may be`);
    }
    if (key === osImageKey) refuse(['dependencies', key], 'is the name of the OS image');
    if (!isInstallable(dependency.type) && Object.hasOwn(vmconfig.dependencies, stubKey)) {
      refuse(
        ['dependencies', key, 'type'],
        `is ${dependency.type}, which the install script of ${stubKey} cannot install`,
      );
    }
    const name = stagedName(key, dependency.type);
    const other = staged.get(name);
    if (other !== undefined) refuse(['dependencies', key], `is staged as ${name}, and so is ${other}`);
    staged.set(name, key);
  }
  const seen = new Set<string>();
  vmconfig.images.forEach(({ image, platform }, index) => {
    if (seen.has(image)) refuse(['images', index, 'image'], `${image} is listed twice`);
    seen.add(image);
    const expected = `linux/${vmconfig.os.arch}`;
    if (platform !== undefined && platform !== expected && !platform.startsWith(`${expected}/`)) {
      refuse(['images', index, 'platform'], `must be ${expected}, as os.arch says, found ${platform}`);
    }
  });
});

/** The manifest's JSON Schema, for editors and other programs. */
export function manifestJsonSchema(): unknown {
  return z.toJSONSchema(manifestShape, { target: 'draft-07', io: 'input' });
}
