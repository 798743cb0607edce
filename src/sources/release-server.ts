/** Source kind `release-server`: folders of files on a web server, and what names the newest: a file (dl.k8s.io), or a list. */
import { valueAt } from '../formats/text/json-pointer.ts';
import { readEvidenceJson } from '../formats/upstream/evidence-json.ts';
import { requireTag } from '../formats/upstream/version-index.ts';
import { fillTemplate } from '../formats/own/template.ts';
import { chooseVersion, versionPolicy } from './version-policy.ts';
import type { Architecture } from '../model/artifact.ts';
import { releaseMethodNames } from '../verify/registry.ts';
import { heldVersion } from './held-version.ts';
import { expectRelease, releaseArtifactTypes, resolveRelease } from './release.ts';
import type { Release, ReleaseRequest } from './release-reader.ts';
import {
  releaseEntrySchema,
  releaseServerSchema,
  type ReleaseEntry,
  type ReleaseServer,
} from './release-spec.ts';
import { withRenames } from './renames.ts';
import type { SourceContext, SourceKind, SourceResult } from './source.ts';
import { versionOfTag } from './tag.ts';
import { chooseFromIndex, indexUrl } from './version-index.ts';
import type { VersionIndex } from './version-index-spec.ts';

const maxLatestBytes = 1024;
/** Debian's of a cloud image lists the packages that are in it. */
const maxLatestJsonBytes = 4 << 20;

export const releaseServerSource: SourceKind<ReleaseServer, ReleaseEntry> = {
  type: 'release-server',
  sourceSchema: releaseServerSchema,
  entrySchema: releaseEntrySchema,
  artifactTypes: releaseArtifactTypes,
  methods: releaseMethodNames,
  movesTogether: 'in all manifests',
  isByArchitecture,
  ordering: ({ ordering = 'semver' }) => ordering,
  exactly: (source, entry, version) => ({ source: { ...source, versions: {}, version }, entry }),
  resolve: (source, requests, context) =>
    withRenames(context, (watched) => resolve(source, requests, watched)),
  expect(source, wanted, known) {
    const latest = new Latest(source, isByArchitecture(source) ? wanted.platform.arch : undefined);
    return expectRelease(source, latest.releaseOf(known.version), wanted, known);
  },
};

/** Where `latest` is another file for each architecture, each has a version of its own. */
async function resolve(
  source: ReleaseServer,
  requests: readonly ReleaseRequest[],
  context: SourceContext,
): Promise<SourceResult<ReleaseEntry>> {
  const groups = isByArchitecture(source)
    ? [...Map.groupBy(requests, ({ platform }) => platform.arch)].map(([arch, wanted]) => ({ arch, wanted }))
    : [{ arch: undefined, wanted: requests }];
  const results = await Promise.all(
    groups.map(async ({ arch, wanted }) => {
      const latest = new Latest(source, arch);
      const finder = {
        find: (all: readonly ReleaseRequest[]) => latest.find(all, context),
        at: (version: string) => latest.releaseOf(version),
      };
      return resolveRelease(finder, wanted, context);
    }),
  );
  return {
    resolutions: new Map(results.flatMap(({ resolutions }) => [...resolutions])),
    metadataDates: new Map(),
  };
}

function isByArchitecture(source: ReleaseServer): boolean {
  return pathOf(source)?.includes('{arch}') === true;
}

function pathOf({ latest }: ReleaseServer): string | undefined {
  return typeof latest === 'object' ? latest.path : latest;
}

/** The newest version, as the server names it. */
class Latest {
  readonly #source: ReleaseServer;
  readonly #url: string;

  constructor(source: ReleaseServer, arch: Architecture | undefined) {
    this.#source = source;
    const path = pathOf(source);
    const values = arch === undefined ? {} : { arch };
    if (source.index !== undefined) this.#url = indexUrl(source.index);
    else this.#url = path === undefined ? source.uri : `${source.uri}/${fillTemplate(path, values)}`;
  }

  /** Throws PolicyError `VERSION_UNAVAILABLE` where it is not one that the catalogue allows. */
  async find(requests: readonly ReleaseRequest[], context: SourceContext): Promise<Release> {
    const { ordering = 'semver', versions, version } = this.#source;
    const fixed = version ?? heldVersion(versions, requests);
    if (fixed !== undefined) return this.releaseOf(fixed);
    if (this.#source.index !== undefined) return this.#listed(this.#source.index, requests, context);
    const tag = await this.#tag(context);
    const named = { version: versionOfTag(tag, this.#source, this.#url), tag };
    // Nothing here dates it: its signatures will.
    const { minimumAgeMs, ...policy } = versionPolicy(ordering, versions);
    chooseVersion(policy, [named], context.now, {
      what: this.#url,
      hint: 'Name in "latest" a file that follows the versions that are wanted, as stable-1.36.txt does for Kubernetes.',
    });
    const release = { ...this.releaseOf(named.version), wayOut: this.#wayOut(named.version, requests) };
    return minimumAgeMs === undefined ? release : { ...release, agePolicy: { ...policy, minimumAgeMs } };
  }

  async #listed(
    index: VersionIndex,
    requests: readonly ReleaseRequest[],
    context: SourceContext,
  ): Promise<Release> {
    const { version, agePolicy } = await chooseFromIndex(this.#source, index, requests, context);
    const release = { ...this.releaseOf(version), wayOut: this.#wayOut(version, requests) };
    return agePolicy === undefined ? release : { ...release, agePolicy };
  }

  releaseOf(version: string): Release {
    const { uri, path } = this.#source;
    const tag = fillTemplate(this.#source.tag, { version });
    return {
      version,
      tag,
      folder: (arch) => (path === undefined ? uri : `${uri}/${fillTemplate(path, { version, tag, arch })}`),
      watermark: { [this.#url]: tag },
    };
  }

  /** Kubernetes has a file for each of its lines: stable.txt and stable-1.36.txt. */
  #wayOut(version: string, requests: readonly ReleaseRequest[]): string {
    const older = requests.find(({ previousVersion }) => previousVersion !== undefined)?.previousVersion;
    const named = `"version${older === undefined || older === version ? '" of an older one' : `: ${older}"`}`;
    const path = pathOf(this.#source) ?? '';
    const [, major, minor] = /^(\d+)\.([1-9]\d*)\./.exec(version) ?? [];
    const line = `${major ?? ''}.${String(Number(minor) - 1)}`;
    const isOfLines = path.endsWith('stable.txt') && minor !== undefined;
    const latest = isOfLines
      ? `"latest: ${path.replace(/stable\.txt$/, `stable-${line}.txt`)}" follows ${line}, `
      : '';
    return `in the catalogue's source ${latest}${named} stays there.`;
  }

  async #tag({ fetcher }: SourceContext): Promise<string> {
    const { latest } = this.#source;
    if (latest === undefined) throw new TypeError(`${this.#url}: neither latest nor version`);
    const [url, maxBytes] = [this.#url, typeof latest === 'string' ? maxLatestBytes : maxLatestJsonBytes];
    const { bytes } = await fetcher.get({ url, maxBytes, revalidate: true });
    if (typeof latest === 'string') {
      return requireTag(Buffer.from(bytes).toString('latin1').trim(), url, 'and nothing else');
    }
    const document = readEvidenceJson(bytes, url, { maxBytes });
    return requireTag(valueAt(document, latest.pointer), url, `at ${latest.pointer}`);
  }
}
