/**
 * Imported entries, resolved: an embedded upstream that publishes what each of them asks for, a project that has them and
 * pins their keys, and `update-manifests`, which gets all of it over HTTP.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import {
  mergePublications,
  publicationMirrorArgs,
  type Publication,
} from '../../scripts/upstream/publication.ts';
import { startUpstreamServer } from '../../scripts/upstream/server.ts';
import { writeSigstoreAnchor } from '../../scripts/upstream/sigstore-anchor.ts';
import { publishGithub, type GithubRelease } from '../../scripts/upstream/sigstore/github.ts';
import { rekorRoutes } from '../../scripts/upstream/sigstore/rekor-api.ts';
import type { Dependency } from '../../src/formats/own/catalogue.ts';
import { fillTemplate } from '../../src/formats/own/template.ts';
import { loadCatalogue } from '../../src/pipeline/manifests/catalogue.ts';
import { assetOf } from '../../src/sources/release-reader.ts';
import type { ReleaseEntry } from '../../src/sources/release-spec.ts';
import { runInProcess } from './command-in-process.ts';
import { pinKeys, type AnchorField, type Telling } from './imported-keys.ts';
import { bytesOf, ImportedRelease, type ImportedSpec } from './imported-release.ts';
import { at, sigstore } from './throwaway-sigstore.ts';

const now = '2026-11-20T12:00:00Z';

/** As a source of an imported entry has them. */
interface SourceFields {
  readonly type: 'github-release' | 'release-server';
  readonly repository?: string;
  readonly uri?: string;
  readonly path?: string;
  readonly tag: string;
  readonly version?: string;
  readonly index?: { readonly github: string };
}

/** One entry's files, where its source says that they are; and the release that its versions are read from. */
function publishEntry(
  { name, type, platforms, asked, source, verification }: Dependency,
  telling: Telling,
): { readonly release?: GithubRelease; readonly files: ReadonlyMap<string, Buffer> } {
  const {
    repository,
    uri = '',
    path,
    tag: tagTemplate,
    version = '1.2.3',
    index,
  } = asked.source as unknown as SourceFields;
  const tag = fillTemplate(tagTemplate, { version });
  const folder = (arch: string) =>
    repository === undefined
      ? [uri, path && fillTemplate(path, { version, tag, arch })].filter(Boolean).join('/')
      : `https://github.com/${repository}/releases/download/${encodeURIComponent(tag)}`;
  const entry = source as unknown as ReleaseEntry;
  const architectures = platforms?.flatMap((one) => one.architectures) ?? ['amd64', 'arm64'];
  const assets = architectures.map((arch) => {
    const wanted = { name, platform: { os: 'debian-13', arch }, kind: undefined, type, entry };
    const { fileName } = assetOf(wanted, { version, tag, folder }, 0);
    return assetOf(wanted, { version, tag, folder }, bytesOf(fileName).length);
  });
  const { files } = new ImportedRelease(assets, verification, telling);
  const listed = repository ?? index?.github;
  if (listed === undefined) return { files };
  const own = repository === undefined ? '' : `${folder('')}/`;
  const isOwn = (url: string) => own !== '' && url.startsWith(own);
  const released = [...files].filter(([url]) => isOwn(url));
  const release = {
    ...{ repository: listed, tag, publishedAt: at },
    // What the host itself says can be no other release's: it says nothing.
    isOld: telling !== 'truth',
    assets: new Map(released.map(([url, bytes]) => [url.slice(own.length), bytes])),
  };
  return { release, files: new Map([...files].filter(([url]) => !isOwn(url))) };
}

function publish(dependencies: readonly Dependency[], telling: Telling): Publication {
  const published = dependencies.map((one) => publishEntry(one, telling));
  const elsewhere = published.flatMap(({ files }) =>
    [...files].map(([url, bytes]) => [decodeURIComponent(url.replace('https://', '')), bytes] as const),
  );
  return mergePublications(
    publishGithub({ releases: published.flatMap(({ release }) => release ?? []), quota: 100_000 }),
    { files: new Map(elsewhere), routes: rekorRoutes(sigstore.rekor) },
  );
}

/** Under the names that the entries, and their witnesses, have for them; each for the place of its entry's files. */
function pinsFor(dependencies: readonly Dependency[]) {
  const named = (field: AnchorField) =>
    new Map(
      dependencies.flatMap(({ verification, asked }) => {
        const { witnesses = [], ...own } = verification as ImportedSpec;
        const { repository, uri = `https://github.com/${String(repository)}` } =
          asked.source as Partial<SourceFields>;
        return [own, ...witnesses].flatMap((spec) =>
          spec[field] === undefined ? [] : [[spec[field], uri] as const],
        );
      }),
    );
  return pinKeys({
    ...{ cosignKey: named('cosignKey'), minisignKey: named('minisignKey'), githubRoot: named('githubRoot') },
  });
}

export interface Resolved {
  readonly exitCode: number;
  /** Of each entry that is in the manifests, its digests. */
  readonly digests: Readonly<Record<string, readonly string[]>>;
  /** Of each entry that was refused, why. */
  readonly refusals: Readonly<Record<string, string>>;
}

/** From an upstream that tells the truth, or does not. */
export async function resolveImported(catalogue: string, telling: Telling): Promise<Resolved> {
  const { dependencies } = loadCatalogue(Buffer.from(catalogue), 'catalogue.yaml');
  const publication = publish(dependencies, telling);
  const server = await startUpstreamServer(publication);
  const directory = await mkdtemp(join(tmpdir(), 'assay-imported-'));
  try {
    const [file, trustDir] = [join(directory, 'catalogue.yaml'), join(directory, 'trust')];
    await mkdir(trustDir);
    const { anchors, files } = pinsFor(dependencies);
    for (const [name, bytes] of files) await writeFile(join(trustDir, name), bytes);
    const own = await writeSigstoreAnchor(trustDir, sigstore.trustedRoot());
    const pins = { version: 1, anchors: { ...anchors, sigstore: own } };
    await writeFile(join(trustDir, 'pins.yaml'), JSON.stringify(pins));
    await writeFile(file, catalogue);
    const hosts = [...publication.files.keys(), ...publication.routes.keys()];
    const mirrors = publicationMirrorArgs(
      publication,
      server.url,
      hosts.map((path) => path.split('/')[0] ?? ''),
    );
    const flags = ['--catalogue', file, '--trust-dir', trustDir, '--cache-dir', join(directory, 'cache')];
    const run = await runInProcess(['update-manifests', '--json', ...flags, '--now', now, ...mirrors]);
    return { exitCode: run.exitCode, ...readSummary(run.stdout) };
  } finally {
    await server.close();
    await rm(directory, { recursive: true, force: true });
  }
}

interface Summary {
  readonly changes: readonly { readonly name: string; readonly after: { readonly digest: string } }[];
  readonly failures: readonly { readonly name: string; readonly error: { readonly code: string } }[];
}

function readSummary(stdout: string): Omit<Resolved, 'exitCode'> {
  const { changes, failures } = JSON.parse(stdout) as Summary;
  const byName = Object.groupBy(changes, ({ name }) => name);
  return {
    digests: Object.fromEntries(
      Object.entries(byName).map(([name, all = []]) => [name, all.map(({ after }) => after.digest)]),
    ),
    refusals: Object.fromEntries(failures.map(({ name, error }) => [name, error.code])),
  };
}

/** A catalogue of these entries of it alone. */
export function narrowed(catalogue: string, names: ReadonlySet<string>): string {
  const { sources, dependencies, ...head } = parse(catalogue) as Record<'sources' | 'dependencies', object>;
  const some = (all: object) => Object.fromEntries(Object.entries(all).filter(([name]) => names.has(name)));
  return stringify({ ...head, sources: some(sources), dependencies: some(dependencies) });
}
