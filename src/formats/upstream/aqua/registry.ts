/**
 * aqua's registry (https://aquaproj.github.io/docs/reference/registry-config): how a tool is published and verified, by
 * version and platform. What is not used here may be anything.
 */
import { parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { UsageError } from '../../../model/errors.ts';
import { check, formatPath, type Problem } from '../../text/problems.ts';
import { decodeUtf8 } from '../../text/utf8.ts';
import { constraintHolds } from './constraint.ts';

/** Patterns are tried on them, and templates read: of what is longer than any name, nothing is. */
const bounded = z.string().max(4000);
const text = bounded.nullish();
const texts = z.array(bounded).nullish();
const flag = z
  .enum(['true', 'false', ''])
  .transform((word) => word === 'true')
  .nullish();

const downloadShape = { type: text, repo_owner: text, repo_name: text, asset: text, url: text };
const download = z.object(downloadShape).nullish();
const cosign = z
  .object({
    enabled: flag,
    opts: texts,
    signature: download,
    certificate: download,
    key: download,
    bundle: download,
  })
  .nullish();
const minisign = z.object({ ...downloadShape, enabled: flag, public_key: text }).nullish();
const attestations = z
  .object({ enabled: flag, predicate_type: text, signer_workflow: text, 'signer-workflow': text })
  .nullish();
const provenance = z
  .object({ ...downloadShape, enabled: flag, source_uri: text, source_tag: text })
  .nullish();
const replacements = z.record(bounded, bounded).nullish();
const checksum = z
  .object({
    ...{ type: text, asset: text, url: text, file_format: text, algorithm: text, enabled: flag },
    pattern: z.object({ checksum: bounded, file: text }).nullish(),
    ...{ replacements, cosign, minisign, github_artifact_attestations: attestations },
  })
  .nullish();

const platformShape = {
  ...{ type: text, asset: text, url: text, path: text, format: text, replacements, append_ext: flag },
  ...{ checksum, cosign, minisign, slsa_provenance: provenance, github_artifact_attestations: attestations },
  github_immutable_release: flag,
};

const override = z.object({
  goos: text,
  goarch: text,
  envs: texts,
  variants: z.array(z.unknown()).nullish(),
  ...platformShape,
});

const versionShape = {
  ...{ version_constraint: text, version_prefix: text, repo_owner: text, repo_name: text, no_asset: flag },
  ...{ error_message: text, supported_envs: texts, version_source: text, version_filter: text, crate: text },
  overrides: z.array(override).nullish(),
  format_overrides: z.array(z.object({ goos: text, format: text })).nullish(),
  ...platformShape,
};

const packageSchema = z.object({
  name: text,
  ...versionShape,
  version_overrides: z.array(z.object(versionShape)).nullish(),
});

const registrySchema = z.object({ packages: z.array(packageSchema) });
const versionsSchema = z.object({ packages: z.array(z.object({ name: bounded, version: text })).min(1) });

export type AquaPackage = z.output<typeof packageSchema>;
/** What holds for one version on one platform. */
export type AquaRule = Omit<AquaPackage, 'version_overrides' | 'overrides'>;
export type AquaDownload = NonNullable<z.output<typeof download>>;
export type AquaCosign = NonNullable<z.output<typeof cosign>>;
export type AquaChecksum = NonNullable<z.output<typeof checksum>>;
export type AquaAttestations = NonNullable<z.output<typeof attestations>>;

const maxRegistryBytes = 64 << 20;

/** `file` is for messages. Throws UsageError `USAGE`. */
export function parseAquaRegistry(bytes: Uint8Array, file: string): readonly AquaPackage[] {
  return read(registrySchema, bytes, file).packages;
}

/** The version of the first package of a `pkg.yaml`: the current one. Throws as `parseAquaRegistry` does. */
export function parseCurrentVersion(bytes: Uint8Array, file: string): string | undefined {
  const [first] = read(versionsSchema, bytes, file).packages;
  return first?.version ?? /@([^@]*)$/.exec(first?.name ?? '')?.[1];
}

function read<S extends z.ZodType>(schema: S, bytes: Uint8Array, file: string): z.output<S> {
  const refuse = (message: string) =>
    new UsageError('USAGE', `${file}: ${message}`, { hint: "Is it a registry.yaml of aqua's?" });
  if (bytes.length > maxRegistryBytes) throw refuse(`has more than ${String(maxRegistryBytes)} bytes`);
  const document = parseDocument(decodeUtf8(bytes, file, 'USAGE'), {
    // As Go reads it: `version: 0.10` is a text where one is wanted.
    schema: 'failsafe',
    logLevel: 'silent',
    prettyErrors: false,
  });
  const [error] = document.errors;
  if (error !== undefined) throw refuse(error.message);
  const problems: Problem[] = [];
  const value = check(schema, plainOf(document, refuse), [], problems);
  const [problem] = problems;
  if (problem !== undefined) throw refuse(`${formatPath(problem.path)} ${problem.message}`);
  return value as z.output<S>;
}

/** Aliases are used, and bounded by the library. */
function plainOf(document: Document.Parsed, refuse: (message: string) => UsageError): unknown {
  try {
    return document.toJS();
  } catch (error) {
    if (error instanceof ReferenceError) throw refuse(error.message);
    throw error;
  }
}

export function nameOf({ name, repo_owner: owner, repo_name: repository }: AquaPackage): string {
  return name ?? [owner, repository].filter((part) => part).join('/');
}

/** As aqua puts it together: the rule of the version, and what is otherwise on Linux for the architecture. */
export function ruleFor(one: AquaPackage, version: string, arch: 'amd64' | 'arm64'): AquaRule {
  const { overrides, ...rule } = ofVersion(one, version);
  const format = rule.format_overrides?.find(({ goos }) => goos === 'linux')?.format ?? rule.format;
  const found = overrides?.find(
    ({ goos, goarch, envs, variants }) =>
      (!goos || goos === 'linux') &&
      (!goarch || goarch === arch) &&
      (!envs || matches(envs, arch)) &&
      // Of the platform's own C library is said nothing here.
      (variants ?? []).length === 0,
  );
  if (found === undefined) return { ...rule, format };
  return {
    ...merged({ ...rule, format }, found),
    replacements: { ...rule.replacements, ...found.replacements },
  };
}

function ofVersion(one: AquaPackage, version: string): AquaPackage {
  if (!one.version_constraint) return one;
  const own = semverOf(version, one.version_prefix);
  if (own !== undefined && constraintHolds(one.version_constraint, version, own)) return one;
  for (const other of one.version_overrides ?? []) {
    const semver = semverOf(version, other.version_prefix ?? one.version_prefix);
    if (semver !== undefined && constraintHolds(other.version_constraint ?? '', version, semver)) {
      return merged(one, other);
    }
  }
  return one;
}

/** What stands after the prefix; undefined where that is not there. */
export function semverOf(version: string, prefix: string | null | undefined): string | undefined {
  if (!prefix) return version;
  return version.startsWith(prefix) ? version.slice(prefix.length) : undefined;
}

/** A type of its own takes nothing over from the type before. */
function merged<T extends { type?: string | null | undefined }>(
  base: T,
  over: { readonly type?: string | null | undefined },
): T {
  const cleared =
    over.type && over.type !== base.type ? { url: null, path: null, asset: null, crate: null } : {};
  const said = Object.fromEntries(
    Object.entries(over).filter(([, value]) => value !== undefined && value !== null && value !== ''),
  );
  return { ...base, ...cleared, ...said };
}

/** Is it published for Linux there? */
export function isSupported({ supported_envs: envs }: AquaRule, arch: 'amd64' | 'arm64'): boolean {
  return envs === undefined || envs === null || matches(envs, arch);
}

function matches(envs: readonly string[], arch: string): boolean {
  return envs.some((one) => ['linux', arch, `linux/${arch}`, 'all'].includes(one));
}
