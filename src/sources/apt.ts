/**
 * Source kind `apt`: packages out of the suites of apt repositories (sources.list(5), deb-version(7)).
 *
 * The chain interleaves fetching with verifying, since each document names the next one by digest:
 * InRelease -> Packages -> stanza. What comes back has been verified; nothing is parsed before.
 */
import { parseVersion } from '../formats/own/version-order.ts';
import { isInRange } from '../formats/own/version-range.ts';
import type { Architecture } from '../model/artifact.ts';
import { choosePackage, verifiedArtifact } from '../verify/apt/package.ts';
import type { FoundStanza } from '../verify/apt/packages.ts';
import {
  aptEntrySchema,
  aptSourceSchema,
  type AptEntry,
  type AptSource,
  type AptSuiteSpec,
} from './apt-spec.ts';
import { AptSuite } from './apt-suite.ts';
import { failed } from './failed.ts';
import { heldVersion } from './held-version.ts';
import type {
  Resolution,
  ResolveRequest,
  SourceContext,
  SourceKind,
  SourceResult,
  Watermark,
} from './source.ts';

type Request = ResolveRequest<AptEntry>;

export const aptSource: SourceKind<AptSource, AptEntry> = {
  type: 'apt',
  sourceSchema: aptSourceSchema,
  entrySchema: aptEntrySchema,
  artifactTypes: ['deb'],
  methods: ['apt'],
  ordering: () => 'debian',
  resolve: resolveApt,
  expect: ({ suites }, { entry }, version) => ({
    // Which file it is says the index, and so does its version.
    url: undefined,
    places: suites.map(({ uri }) => uri),
    values: {},
    anchors: suites.map(({ signedBy }) => signedBy),
    watermark: undefined,
    isAllowed: isAllowed(entry, version),
  }),
};

/** As `choosePackage` decides: a package's version may have a `~` or a word in it, and is no pre-release by that. */
function isAllowed({ versions }: AptEntry, text: string): boolean {
  const version = parseVersion('debian', text);
  if (version === undefined) return false;
  return (
    versions?.hold !== undefined || versions?.range === undefined || isInRange(versions.range, version, false)
  );
}

interface OpenSuite {
  readonly spec: AptSuiteSpec;
  readonly reader: AptSuite;
}

async function resolveApt(
  source: AptSource,
  requests: readonly Request[],
  context: SourceContext,
): Promise<SourceResult<AptEntry>> {
  const suites = source.suites.map((spec) => openSuite(spec, context));
  // Architectures at the same time; within one, an index is searched for all of its packages at once.
  const byArchitecture = Map.groupBy(requests, (request) => request.platform.arch);
  const byName = Map.groupBy(requests, (request) => request.name);
  const resolved = new Map<Request, Resolution>();
  await Promise.all(
    [...byArchitecture].map(async ([architecture, wanted]) => {
      for (const [request, resolution] of await resolveArchitecture(suites, architecture, wanted, byName)) {
        resolved.set(request, resolution);
      }
    }),
  );
  return { resolutions: resolved, metadataDates: await datesOf(suites) };
}

function openSuite(spec: AptSuiteSpec, context: SourceContext): OpenSuite {
  const uri = spec.uri.replace(/\/+$/, '');
  const expected = {
    suite: spec.suite,
    codename: spec.codename,
    origin: spec.origin,
    label: spec.label,
    maxAgeMs: spec.maxAge,
    notBefore: context.metadataDates.get(`${uri}/dists/${spec.suite}`),
  };
  const keyring = () => context.anchors.keyring(spec.signedBy, uri);
  return { spec, reader: new AptSuite({ uri, expected, keyring }, context) };
}

async function resolveArchitecture(
  suites: readonly OpenSuite[],
  architecture: Architecture,
  requests: readonly Request[],
  byName: ReadonlyMap<string, readonly Request[]>,
): Promise<ReadonlyMap<Request, Resolution>> {
  const answers = new Map<Request, Resolution>();
  try {
    const watermark = await watermarkOf(suites, architecture);
    const wanted = requests.filter((request) => !isSame(request.watermark, watermark) && !isKept(request));
    for (const request of requests) answers.set(request, { status: 'current' });
    if (wanted.length === 0) return answers;
    const names = new Set(wanted.map((request) => request.entry.package));
    const found = await searchAll(suites, architecture, names);
    for (const request of wanted)
      answers.set(request, answer(found, request, byName.get(request.name) ?? []));
  } catch (error) {
    for (const request of requests) answers.set(request, failed(error));
  }
  return answers;
}

interface Found {
  /** By package. */
  readonly stanzas: ReadonlyMap<string, readonly FoundStanza[]>;
  readonly watermark: Watermark;
}

async function searchAll(
  suites: readonly OpenSuite[],
  architecture: Architecture,
  names: ReadonlySet<string>,
): Promise<Found> {
  const results = await Promise.all(
    suites.flatMap(({ spec, reader }) =>
      spec.components.map((component) => reader.search(component, architecture, names)),
    ),
  );
  return {
    stanzas: Map.groupBy(
      results.flatMap((result) => result.stanzas),
      (stanza) => stanza.package,
    ),
    watermark: Object.assign({}, ...results.map((result) => result.watermark)) as Watermark,
  };
}

/** `namesakes`: the requests for this name, on every platform. */
function answer(found: Found, request: Request, namesakes: readonly Request[]): Resolution {
  const { name, platform, entry } = request;
  try {
    const held = heldFor(request, namesakes);
    const choice = choosePackage(found.stanzas.get(entry.package) ?? [], {
      package: entry.package,
      architecture: platform.arch,
      ...(held === undefined ? { range: entry.versions?.range } : { held }),
    });
    const { url: inRelease } = choice.stanza.release.document;
    const root = inRelease.slice(0, inRelease.lastIndexOf('/dists/'));
    const url = packageUrl(root, choice.deb.filename);
    const verified = verifiedArtifact(choice, { name, platform, url });
    return { status: 'resolved', verified, watermark: found.watermark };
  } catch (error) {
    return failed(error);
  }
}

/** A repository's root and a stanza's Filename as a URL: `+` and `~` stay as they are. */
export function packageUrl(root: string, filename: string): string {
  const path = filename.replace(/^(?:\.\/)+/, '');
  return `${root}/${path.split('/').map(encodeSegment).join('/')}`;
}

function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(/%(2B|3A|40|24|26|2C|3B|3D)/g, decodeURIComponent);
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

async function watermarkOf(suites: readonly OpenSuite[], architecture: Architecture): Promise<Watermark> {
  const parts = await Promise.all(
    suites.map(({ spec, reader }) => reader.watermark(spec.components, architecture)),
  );
  return Object.assign({}, ...parts) as Watermark;
}

function isSame(one: Watermark | undefined, other: Watermark): boolean {
  if (one === undefined) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}

/** Of the suites that could be verified: a failed one is reported by the entries that need it. */
async function datesOf(suites: readonly OpenSuite[]): Promise<ReadonlyMap<string, Date>> {
  const dates = new Map<string, Date>();
  for (const { reader } of suites) {
    const verified = await reader.release().catch(() => undefined);
    if (verified !== undefined) dates.set(reader.url, verified.release.date);
  }
  return dates;
}
