/**
 * Source kind `apt`: packages out of the suites of apt repositories (sources.list(5), deb-version(7)).
 *
 * Which version there is, the verified indexes say themselves: so there is nothing to find before the chain is judged.
 * The watermark is the digests of those indexes.
 */
import { parseVersion } from '../formats/own/version-order.ts';
import { isInRange } from '../formats/own/version-range.ts';
import type { Architecture } from '../model/artifact.ts';
import { oncePer } from '../model/once-per.ts';
import { contentDigests, isAskedAgain, signedRelease, suiteUrl, type Suite } from '../verify/apt/suite.ts';
import { apt, type AptSubject } from '../verify/methods/apt.ts';
import { aptEntrySchema, aptSourceSchema, type AptEntry, type AptSource } from './apt-spec.ts';
import { failed } from './failed.ts';
import { Gathering, type Judged } from './gather.ts';
import { heldVersion } from './held-version.ts';
import type {
  Resolution,
  ResolveRequest,
  SourceContext,
  SourceKind,
  SourceResult,
  Watermark,
} from './source.ts';
import { UpstreamStore } from './upstream-store.ts';

type Request = ResolveRequest<AptEntry>;

export const aptSource: SourceKind<AptSource, AptEntry> = {
  type: 'apt',
  sourceSchema: aptSourceSchema,
  entrySchema: aptEntrySchema,
  artifactTypes: ['deb'],
  methods: [apt.method],
  ordering: () => 'debian',
  resolve: resolveApt,
  signsRepository: true,
  exactly: (source, entry) => ({ source, entry: { ...entry, versions: { hold: 'it is asked for again' } } }),
  expect(source, { name, platform, entry }, { version }) {
    const suites = knownSuites(source);
    const subject: AptSubject = { name, platform, package: entry.package, suites, version };
    return {
      subject,
      // Which file it is says the index, and so does its version.
      url: undefined,
      places: suites.map(({ uri }) => uri),
      watermark: undefined,
      isAllowed: isAllowed(entry, version),
    };
  },
};

/** As `choosePackage` decides: a package's version may have a `~` or a word in it, and is no pre-release by that. */
function isAllowed({ versions }: AptEntry, text: string): boolean {
  const version = parseVersion('debian', text);
  if (version === undefined) return false;
  return (
    versions?.hold !== undefined || versions?.range === undefined || isInRange(versions.range, version, false)
  );
}

function suitesOf({ suites }: AptSource, metadataDates?: ReadonlyMap<string, Date>): readonly Suite[] {
  return suites.map(({ uri, maxAge, components = [], unnamed, ...suite }) => {
    const root = uri.replace(/\/+$/, '');
    const named = { ...suite, uri: root, components, maxAgeMs: maxAge, isUnnamed: unnamed };
    return { ...named, notBefore: metadataDates?.get(suiteUrl(named)) };
  });
}

/** For all entries of a source the same values: what is found out about one is known of the others. */
const knownSuites = oncePer((source: AptSource) => suitesOf(source));

async function resolveApt(
  source: AptSource,
  requests: readonly Request[],
  context: SourceContext,
): Promise<SourceResult<AptEntry>> {
  const suites = suitesOf(source, context.metadataDates);
  const gathering = new Gathering(new UpstreamStore(context), context);
  // Reading keys takes about as long as fetching what they signed. What is wrong with them is told by who needs them.
  for (const { signedBy, uri } of suites) context.trust.keyring(signedBy, uri).catch(() => undefined);
  // Architectures at the same time; within one, an index is searched for all of its packages at once.
  const byArchitecture = Map.groupBy(requests, (request) => request.platform.arch);
  const byName = Map.groupBy(requests, (request) => request.name);
  const resolved = new Map<Request, Resolution>();
  await Promise.all(
    [...byArchitecture].map(async ([architecture, wanted]) => {
      const asked = { suites, architecture, gathering, byName };
      for (const [request, resolution] of await resolveArchitecture(wanted, asked)) {
        resolved.set(request, resolution);
      }
    }),
  );
  return { resolutions: resolved, metadataDates: await datesOf(suites, gathering) };
}

interface Asked {
  readonly suites: readonly Suite[];
  readonly architecture: Architecture;
  readonly gathering: Gathering;
  readonly byName: ReadonlyMap<string, readonly Request[]>;
}

async function resolveArchitecture(
  requests: readonly Request[],
  asked: Asked,
): Promise<ReadonlyMap<Request, Resolution>> {
  const { gathering } = asked;
  const answers = new Map<Request, Resolution>();
  try {
    const watermark = await watermarkOf(asked);
    const wanted = requests.filter((request) => !isSame(request.watermark, watermark) && !isKept(request));
    for (const request of requests) answers.set(request, { status: 'current' });
    const subjects = new Map<Request, AptSubject>();
    for (const request of wanted) {
      try {
        subjects.set(request, subjectOf(request, asked));
      } catch (error) {
        answers.set(request, failed(error));
      }
    }
    const all = [...subjects.values()];
    const verified = new Map<Request, Judged>();
    // One by one: what the first has read and searched, the others find there.
    for (const [request, subject] of subjects) {
      try {
        const { verification: spec } = request;
        verified.set(request, await gathering.judge(apt, { spec: spec as never, subject, subjects: all }));
      } catch (error) {
        answers.set(request, failed(error));
      }
    }
    // Of the very indexes that were searched, also where they had to be asked for once more.
    const searched = wanted.length === 0 ? watermark : await watermarkOf(asked);
    for (const [request, judged] of verified) {
      answers.set(request, { status: 'resolved', ...judged, watermark: searched });
    }
  } catch (error) {
    for (const request of requests) answers.set(request, failed(error));
  }
  return answers;
}

/** Throws as `heldVersion` does, where the manifests do not agree on what is held. */
function subjectOf(request: Request, { suites, byName }: Asked): AptSubject {
  const { name, platform, entry } = request;
  const held = heldFor(request, byName.get(name) ?? []);
  const wanted = held === undefined ? { range: entry.versions?.range } : { held };
  return { name, platform, package: entry.package, suites, ...wanted };
}

/** The version that it has; what is new gets that of the other architectures, which must agree. */
function heldFor(request: Request, namesakes: readonly Request[]): string | undefined {
  const { versions } = request.entry;
  return heldVersion(versions, [request]) ?? heldVersion(versions, namesakes);
}

/** What is held stays as it was verified, even once the indexes have newer versions only. */
function isKept({ entry, watermark, previousVersion }: Request): boolean {
  return entry.versions?.hold !== undefined && watermark !== undefined && previousVersion !== undefined;
}

async function watermarkOf({ suites, architecture, gathering }: Asked): Promise<Watermark> {
  const parts = await Promise.all(
    suites.map(async (suite) => contentDigests(suite, await readRelease(suite, gathering), architecture)),
  );
  return Object.assign({}, ...parts) as Watermark;
}

/** The one that counts: the second, where a chain has asked for it. */
async function readRelease(suite: Suite, gathering: Gathering) {
  const again = isAskedAgain(suite, { has: (need) => gathering.hasRead(need) });
  const asked = { spec: undefined, subject: suite, subjects: [suite] };
  return (await gathering.judge(signedRelease(again), asked)).verified;
}

function isSame(one: Watermark | undefined, other: Watermark): boolean {
  if (one === undefined) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}

/** Of the suites that could be verified: a failed one is reported by the entries that need it. */
async function datesOf(suites: readonly Suite[], gathering: Gathering): Promise<ReadonlyMap<string, Date>> {
  const dates = new Map<string, Date>();
  for (const suite of suites) {
    const verified = await readRelease(suite, gathering).catch(() => undefined);
    if (verified !== undefined) dates.set(suiteUrl(suite), verified.release.date);
  }
  return dates;
}
