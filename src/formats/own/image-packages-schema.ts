/** What the catalogue says of the packages that an OS image has: dpkg's own record of them, or a list. */
import { z } from 'zod';
import { parseDebianVersion } from '../upstream/debian-version.ts';

const nameSchema = z
  .string()
  .max(200)
  .regex(/^[a-z0-9][a-z0-9+.-]*$/, { error: 'must be a package name: lower-case letters, digits and "+.-"' });

const versionSchema = z
  .string({ error: 'must be a version of Debian, in quotes where it looks like a number' })
  .max(200)
  .refine((text) => parseDebianVersion(text) !== undefined, { error: 'must be a version of Debian' });

export const imagePackagesSchema = z
  .strictObject({
    status: z
      .string()
      .max(1000)
      .regex(/^(?!\/)[^\x00-\x1f\x7f\\]+$/, { error: 'must be a path, seen from the catalogue' })
      .exactOptional()
      .describe(
        'template with `{arch}`, as seen from the catalogue: the `/var/lib/dpkg/status` of the image',
      ),
    versions: z
      .record(nameSchema, versionSchema)
      .exactOptional()
      .describe('by package, the version that the image has, with its epoch: where there is no status file'),
  })
  .superRefine(({ status, versions }, context) => {
    if ((status === undefined) !== (versions === undefined)) return;
    context.addIssue({ code: 'custom', message: 'must have either "status" or "versions"' });
  });

export type ImagePackages = z.output<typeof imagePackagesSchema>;
