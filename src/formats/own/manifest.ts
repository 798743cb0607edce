/**
 * Reads and writes manifests: `<kind>.<os>.<arch>.json`, byte for byte as Go's `json.MarshalIndent` wrote the first
 * of them. A run that changes nothing gives the same bytes, and nothing that breaks the contract is written.
 */
import { UsageError } from '../../model/errors.ts';
import { goJson } from '../text/go-json.ts';
import { manifestSchema, type Manifest } from './manifest-schema.ts';
import { check, formatPath, type Problem } from '../text/problems.ts';
import { parseStrictJson, placesInJson } from '../text/strict-json.ts';
import { sorted } from '../text/record.ts';

export { osBootName } from './manifest-schema.ts';
export type { Manifest, ManifestDependency, ManifestImage } from './manifest-schema.ts';

/** Five thousand entries with the longest URLs that are allowed are no more. */
const maxBytes = 16 << 20;
/** What is told: past that many the cause is one, and elsewhere. */
const maxListed = 100;

export function manifestFileName(kind: string, os: string, arch: string): string {
  return `${kind}.${os}.${arch}.json`;
}

/** Untrusted bytes to a manifest; `file` is for messages. Throws UsageError `MANIFEST_INVALID`. */
export function parseManifest(bytes: Uint8Array, file: string): Manifest {
  if (bytes.length > maxBytes) {
    throw invalid(file, [{ path: [], message: `has ${bytes.length} bytes; the limit is ${maxBytes}` }]);
  }
  const value = parseStrictJson(
    bytes,
    (message, line, column) =>
      new UsageError('MANIFEST_INVALID', `${file}:${line}:${column}: ${message}`, {
        hint: 'The file is not one that assay wrote: restore it from version control.',
        context: { file, line, column },
      }),
  );
  const manifest = validate(value, file, bytes);
  const problems = kindProblems(bytes, manifest);
  if (problems.length > 0) throw invalid(file, problems, bytes);
  return manifest;
}

/** A manifest's bytes. Throws UsageError `MANIFEST_INVALID` for what `parseManifest` would refuse. */
export function renderManifest(manifest: Manifest): Uint8Array {
  const file = 'the manifest to be written';
  // The schema gives the keys their order. Dependency keys are ASCII: code units sort as bytes do.
  const { vmconfig } = validate(manifest, file);
  const ordered = { vmconfig: { ...vmconfig, dependencies: sorted(vmconfig.dependencies) } };
  const bytes = goJson(ordered);
  const problems = kindProblems(bytes, ordered);
  if (problems.length > 0) throw invalid(file, problems);
  if (bytes.length > maxBytes) {
    throw invalid(file, [
      { path: [], message: `would have ${bytes.length} bytes; the limit is ${maxBytes}` },
    ]);
  }
  return bytes;
}

function validate(value: unknown, file: string, bytes?: Uint8Array): Manifest {
  const problems: Problem[] = [];
  const manifest = check(manifestSchema, value, [], problems);
  if (manifest === undefined) throw invalid(file, problems, bytes);
  // Without a prototype no name that somebody asks for is found by accident.
  const dependencies = Object.create(null) as Manifest['vmconfig']['dependencies'];
  Object.assign(dependencies, manifest.vmconfig.dependencies);
  return { vmconfig: { ...manifest.vmconfig, dependencies } };
}

const firstKind = /"kind"[ \t]*(?::[ \t]*"([a-z0-9-]*)")?/;

/** A shell consumer takes the first line with `"kind"` for vmconfig.kind. */
function kindProblems(bytes: Uint8Array, manifest: Manifest): readonly Problem[] {
  const match = firstKind.exec(new TextDecoder().decode(bytes));
  if (match?.[1] === manifest.vmconfig.kind) return [];
  const message = 'must be the first "kind" in the file, with its value on its line';
  return [{ path: ['vmconfig', 'kind'], message }];
}

/** `bytes`: the file's own, where the problems are in it. */
function invalid(file: string, problems: readonly Problem[], bytes?: Uint8Array): UsageError {
  const placeOf = bytes === undefined ? undefined : placesInJson(bytes);
  const listed = problems.slice(0, maxListed).map(({ path, message }) => ({
    ...{ path: formatPath(path), message },
    ...placeOf?.(path),
  }));
  const lines = listed.map(({ path, message, ...at }) => {
    const place = 'line' in at ? `${file}:${at.line}:${at.column}: ` : '';
    return `  ${place}${path === '' ? '' : `${path}: `}${message}`;
  });
  if (problems.length > maxListed) lines.push(`  … and ${problems.length - maxListed} more`);
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new UsageError('MANIFEST_INVALID', `${file}: ${count}`, {
    lines,
    context: { file, problems: listed },
  });
}
