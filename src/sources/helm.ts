/**
 * Source kind `helm`: charts by the index of a repository, or by the tags of a registry.
 *
 *   index.yaml -> version, place, digest -> .prov beside the archive
 *   tag -> manifest -> digest of the archive, and of its provenance
 *
 * Which version there is, and where, is the host's word; the entry's method vouches for the archive. A chart is the same
 * for all platforms. The watermark is what the index says of the version, or the digest of what the tag leads to.
 */
import { fillTemplate } from '../formats/own/template.ts';
import type { ChartRelease } from '../formats/upstream/helm-index.ts';
import { PolicyError } from '../model/errors.ts';
import type { RegistryNeed } from '../model/need.ts';
import { archiveUrl, indexNeed, releasesIn, type ChartSubject } from '../verify/helm/chart.ts';
import { manifestNeed } from '../verify/image/needs.ts';
import { chartMethodNames, methodOf } from '../verify/registry.ts';
import { repositoryUrl, type Repository } from '../formats/upstream/image-reference.ts';
import { failed } from './failed.ts';
import { Gathering } from './gather.ts';
import { heldVersion } from './held-version.ts';
import { chartRepository, helmEntrySchema, helmSchema, type Helm, type HelmEntry } from './helm-spec.ts';
import { chooseTag, fetchTags } from './oci-tags.ts';
import { passedOverText } from './passed-over.ts';
import { sizeOf } from './release-reader.ts';
import { requireOrigin } from './require-origin.ts';
import type {
  Resolution,
  ResolveRequest,
  SourceContext,
  SourceKind,
  SourceResult,
  Wanted,
  Watermark,
} from './source.ts';
import { versionInTag } from './tag.ts';
import { UpstreamStore } from './upstream-store.ts';
import { allowsVersion, chooseVersion, versionPolicy } from './version-policy.ts';

type Request = ResolveRequest<HelmEntry>;

export const helmSource: SourceKind<Helm, HelmEntry> = {
  type: 'helm',
  sourceSchema: helmSchema,
  entrySchema: helmEntrySchema,
  artifactTypes: ['helm-chart'],
  methods: chartMethodNames,
  ordering: () => 'semver',
  expect(source, wanted, { version, sizeBytes }) {
    const { at, ...subject } = subjectOf(source, wanted, version);
    const isInIndex = at.kind === 'index';
    return {
      subject: { ...subject, at: isInIndex ? { ...at, sizeBytes } : at },
      url: undefined,
      places: isInIndex ? at.places : [repositoryUrl(at.repository)],
      watermark: undefined,
      isAllowed: allowsVersion('semver', wanted.entry, version),
    };
  },
  async resolve(source, requests, context) {
    const gathering = new Gathering(new UpstreamStore(context), context);
    const byEntry = Map.groupBy(requests, ({ name, kind }) => JSON.stringify([name, kind]));
    const answers = await Promise.all(
      [...byEntry.values()].map((asked) => resolveChart(source, asked, gathering, context)),
    );
    return {
      resolutions: new Map(answers.flat()),
      metadataDates: new Map(),
    } satisfies SourceResult<HelmEntry>;
  },
  exactly: (source, entry, version) => ({ source, entry: { ...entry, versions: {}, version } }),
};

const tagOf = ({ tag = '{version}' }: HelmEntry) => tag;

function subjectOf(source: Helm, wanted: Wanted<HelmEntry>, version: string): ChartSubject {
  const { name, platform, type, entry } = wanted;
  const written = fillTemplate(tagOf(entry), { version });
  const repository = chartRepository(source, entry.chart);
  const places = [source.repository, ...(source.files ?? [])];
  return {
    artifact: { name, version, platform, type },
    chart: { name: entry.chart, version: written },
    at:
      repository === undefined
        ? { kind: 'index', url: `${source.repository}/index.yaml`, places, sizeBytes: 0 }
        : // No tag has a plus sign: Helm writes an underscore in its place.
          { kind: 'registry', repository, tag: written.replaceAll('+', '_') },
  };
}

interface FoundChart {
  readonly version: string;
  readonly watermark: Watermark;
  /** Of an archive that an index names; 0 for others, whose manifest says it. */
  readonly sizeBytes: number;
}

async function resolveChart(
  source: Helm,
  requests: readonly Request[],
  gathering: Gathering,
  context: SourceContext,
): Promise<readonly (readonly [Request, Resolution])[]> {
  const [first] = requests;
  if (first === undefined) return [];
  try {
    const repository = chartRepository(source, first.entry.chart);
    const found =
      repository === undefined
        ? await findInIndex(source, requests, first, gathering, context)
        : await findInRegistry(source, requests, first, repository, gathering, context);
    return await Promise.all(
      requests.map(async (one) => [one, await judge(source, one, found, gathering, context)] as const),
    );
  } catch (error) {
    return requests.map((request) => [request, failed(error)] as const);
  }
}

async function findInIndex(
  source: Helm,
  requests: readonly Request[],
  first: Request,
  gathering: Gathering,
  context: SourceContext,
): Promise<FoundChart> {
  const { entry, type } = first;
  const { chart } = entry;
  const need = indexNeed(`${source.repository}/index.yaml`);
  const releases = await releasesIn((await gathering.read([need])).of(need), chart, gathering.memo);
  const fixed = entry.version ?? heldVersion(entry.versions, requests);
  const { release, version } = choose(releases, entry, fixed, need.url, context.now);
  if (release.isDeprecated) {
    context.reporter.warn(`${first.name}: ${need.url} says that ${chart} ${release.version} is deprecated`);
  }
  const { at } = subjectOf(source, first, version);
  if (at.kind !== 'index') throw new TypeError('no index');
  const url = archiveUrl(release, at, chart);
  const watermark = { [need.url]: `${release.version} ${url} ${release.digest ?? 'no digest'}` };
  const isCurrent = requests.every((one) => isSame(one.watermark, watermark));
  return { version, watermark, sizeBytes: isCurrent ? 0 : await sizeOf(url, type, context.fetcher) };
}

/** Throws PolicyError `VERSION_UNAVAILABLE`. */
function choose(
  releases: readonly ChartRelease[],
  entry: HelmEntry,
  fixed: string | undefined,
  url: string,
  now: Date,
) {
  const candidates = releases.flatMap((release) => {
    const version = versionInTag(release.version, tagOf(entry));
    return version === undefined ? [] : [{ release, version, tag: release.version }];
  });
  const what = `${url}, ${entry.chart}`;
  if (fixed === undefined) {
    const known = new Set(candidates.map(({ tag }) => tag));
    const ignored = releases.map(({ version }) => version).filter((version) => !known.has(version));
    return chooseVersion(versionPolicy('semver', entry.versions), candidates, now, { what, ignored });
  }
  const found = candidates.find(({ version }) => version === fixed);
  if (found !== undefined) return found;
  const others = candidates.map(({ version }) => version).slice(0, 20);
  throw new PolicyError(
    'VERSION_UNAVAILABLE',
    `${what}: expected ${fixed}, found ${others.join(', ') || 'none'}`,
    {
      hint: 'Was it withdrawn, or is "tag" another? Name a version that is there.',
      context: { expected: fixed, found: others },
    },
  );
}

async function findInRegistry(
  source: Helm,
  requests: readonly Request[],
  first: Request,
  repository: Repository,
  gathering: Gathering,
  context: SourceContext,
): Promise<FoundChart> {
  const { entry } = first;
  let version = entry.version ?? heldVersion(entry.versions, requests);
  if (version === undefined) {
    const client = new UpstreamStore(context).registry(repository);
    const tags = (await fetchTags(client)).map((tag) => tag.replaceAll('_', '+'));
    const name = `${source.repository}/${entry.chart}`;
    const wanted = { tag: tagOf(entry), ...(entry.versions && { versions: entry.versions }) };
    const chosen = chooseTag(tags, wanted, context.now, name);
    if (chosen.passedOver.length > 0) {
      const { tag } = chosen;
      context.reporter.warn(passedOverText(name, { tag, template: tagOf(entry) }, chosen.passedOver));
    }
    version = chosen.version;
  }
  const { at } = subjectOf(source, first, version);
  const top: RegistryNeed = manifestNeed('helm-manifest', repository, at.kind === 'registry' ? at.tag : '');
  const { digest } = (await gathering.read([top])).of(top);
  return { version, watermark: { [top.url]: digest }, sizeBytes: 0 };
}

async function judge(
  source: Helm,
  request: Request,
  { version, watermark, sizeBytes }: FoundChart,
  gathering: Gathering,
  { fetcher }: SourceContext,
): Promise<Resolution> {
  if (isSame(request.watermark, watermark)) return { status: 'current' };
  const { verification: spec } = request;
  try {
    const { at, ...others } = subjectOf(source, request, version);
    const subject = { ...others, at: at.kind === 'index' ? { ...at, sizeBytes } : at };
    const judged = await gathering.judge(methodOf(spec.method), { spec, subject, subjects: [subject] });
    requireOrigin(judged.verified, fetcher);
    return { status: 'resolved', ...judged, watermark };
  } catch (error) {
    return failed(error);
  }
}

function isSame(one: Watermark | undefined, other: Watermark): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
