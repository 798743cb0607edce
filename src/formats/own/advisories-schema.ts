/**
 * `advisories` of the catalogue (docs/catalogue.md): what OSV calls the package that an entry comes from. Only those
 * ecosystems whose order of versions is known here: https://ossf.github.io/osv-schema/#defined-ecosystems.
 */
import { z } from 'zod';
import { parseVersion, type Ordering, type OrderedVersion } from './version-order.ts';

const debianRelease = /^(?:Debian:(?:\d{1,3}|sid)|Ubuntu:(?:Pro:)?\d{2}\.\d{2}(?::LTS)?)$/;
const semverEcosystems = ['Go', 'npm', 'crates.io', 'Hex', 'Pub', 'SwiftURL', 'Bitnami', 'Kubernetes'];

const ecosystemSchema = z
  .string()
  .max(100)
  .refine((text) => orderingOf(text) !== undefined, {
    error: `must be Debian or Ubuntu with a release, such as "Debian:13" or "Ubuntu:24.04:LTS", or one of ${semverEcosystems.join(', ')}`,
  });

const osvNameSchema = z
  .string()
  .max(300)
  .regex(/^[A-Za-z0-9@][A-Za-z0-9@._+/:-]*$/, { error: 'must be the name of a package, as OSV has it' });

/** Of a source, for its entries, and of an entry: what that says counts, field by field. */
export const advisoriesSchema = z
  .strictObject({
    ecosystem: ecosystemSchema
      .exactOptional()
      .describe(
        "OSV's word for where the package is from: `Debian:13`, `Ubuntu:24.04:LTS`, `Go`; also `npm`, `crates.io`, `Hex`, `Pub`, `SwiftURL`, `Bitnami`, `Kubernetes`",
      ),
    name: osvNameSchema
      .exactOptional()
      .describe(
        "OSV's name of it: of Debian and Ubuntu the source package's (`postgresql-17` for `libpq5`), of Go the module's path (`k8s.io/kubernetes`)",
      ),
  })
  .describe(
    'what OSV calls the package, so that a review sees which known vulnerabilities a change fixes or brings. Both fields are needed, here or at the source; without, the entry is not looked up',
  );

export type Advisories = z.output<typeof advisoriesSchema>;

/**
 * A version of an ecosystem, to be compared with others of it; undefined for what is none. Precedence is that of the
 * ecosystem: of Semantic Versioning without build metadata, so that `+incompatible` makes no difference.
 */
export function parseEcosystemVersion(ecosystem: string, text: string): OrderedVersion | undefined {
  const ordering = orderingOf(ecosystem);
  if (ordering === 'debian') return parseVersion(ordering, text.replace(/\+b\d+$/, ''));
  return ordering && parseVersion(ordering, text.replace(/^v/, '').replace(/\+.*$/, ''));
}

function orderingOf(ecosystem: string): Ordering | undefined {
  if (debianRelease.test(ecosystem)) return 'debian';
  return semverEcosystems.includes(ecosystem) ? 'semver' : undefined;
}
