/**
 * A Helm chart as an entry: by its provenance file, where its publisher's key is known or given; or by its host's word.
 */
import { parseChartManifest, maxProvenanceBytes } from '../../formats/upstream/helm-chart.ts';
import { isPrerelease } from '../../formats/own/version-order.ts';
import { UsageError } from '../../model/errors.ts';
import { repositoryUrl } from '../../formats/upstream/image-reference.ts';
import { isUnder } from '../../formats/text/https-url.ts';
import { Gathering } from '../../sources/gather.ts';
import { chartRepository } from '../../sources/helm-spec.ts';
import { fetchTags } from '../../sources/oci-tags.ts';
import { UpstreamStore } from '../../sources/upstream-store.ts';
import { archiveUrl, indexNeed, releasesIn } from '../../verify/helm/chart.ts';
import { manifestNeed } from '../../verify/image/needs.ts';
import type { Tagged } from '../shared/release-names.ts';
import type { Candidate } from './candidates.ts';
import { waysByKey } from './learn.ts';
import { choose, look, type Addition } from './look.ts';
import { versionsIn } from './newest.ts';
import { proposedFor, type AddSubject } from './request.ts';

export interface ChartRef {
  /** `https://…`, or `oci://…` without the chart. */
  readonly repository: string;
  readonly chart: string;
  /** Undefined for the highest. */
  readonly version: string | undefined;
}

/** A version of a chart, as it was found. */
interface FoundChart {
  readonly tagged: Tagged;
  /** What it is in: of a signature's key, the scope. */
  readonly folder: string;
  /** Where archives are, if that is not below the repository. */
  readonly files: readonly string[];
  readonly hasProvenance: boolean;
}

/** Throws as `findProofs` does. */
export async function findChart(ref: ChartRef, subject: AddSubject): Promise<Addition> {
  const { keys } = subject;
  const { repository, chart } = ref;
  const { tagged, folder, files, hasProvenance } = await find(ref, subject);
  const named = { chart, ...(tagged.prefix === '' ? {} : { tag: `${tagged.prefix}{version}` }) };
  const exactly = { version: tagged.version };
  const proposal = {
    ...{ ...proposedFor(subject), type: 'helm-chart' as const },
    source: { type: 'helm', repository, ...(files.length === 0 ? {} : { files }) },
    entry: { ...named, ...exactly },
  };
  const looking = { ...subject, proposal };
  const place = { folder, scope: folder, names: [] };
  const wayOf = (anchor: string) => ({ fields: { signedBy: anchor } });
  const looked = [
    ...(hasProvenance ? [await look(signed, () => waysByKey('openpgp', place, keys, wayOf), looking)] : []),
    await look(hostsWord, () => Promise.resolve([{ fields: {} }]), looking),
  ];
  const what = `${chart} ${tagged.tag} of ${repository}`;
  const chosen = choose(looked, what, 'A person can write its digest down (method pinned).');
  const wanted = ref.version === undefined ? { versions: { range: `^${tagged.version}` } } : exactly;
  return {
    ...{ title: what, tagged, assets: new Map(), others: [] },
    ...{ looked, chosen, absent: hasProvenance ? [] : [signed.what] },
    proposal: { ...proposal, entry: { ...named, ...wanted } },
  };
}

const signed: Candidate = {
  what: 'provenance file',
  files: [],
  verification: { method: 'helm-provenance' },
  signedBy: { in: 'key', kind: 'openpgp', field: 'signedBy' },
};

const hostsWord: Candidate = {
  what: "digest, which the chart's host alone says",
  files: [],
  verification: {
    method: 'helm-digest',
    reason: 'assay add looked for a provenance file, and found none that it could verify',
  },
  signedBy: { in: 'nothing' },
};

async function find(ref: ChartRef, { context, keys }: AddSubject): Promise<FoundChart> {
  const { repository, chart } = ref;
  const store = new UpstreamStore(context);
  const gathering = new Gathering(store, context);
  const place = chartRepository({ repository }, chart);
  if (place !== undefined) {
    const tags = (await fetchTags(store.registry(place))).map((tag) => tag.replaceAll('_', '+'));
    const tagged = chosenVersion(tags, ref);
    const need = manifestNeed('helm-manifest', place, tagged.tag.replaceAll('+', '_'));
    const { bytes, url } = (await gathering.read([need])).of(need);
    const { provenance } = parseChartManifest(bytes, url);
    return { tagged, folder: repositoryUrl(place), files: [], hasProvenance: provenance !== undefined };
  }
  const need = indexNeed(`${repository}/index.yaml`);
  const releases = await releasesIn((await gathering.read([need])).of(need), chart, gathering.memo);
  const tagged = chosenVersion(
    releases.map(({ version }) => version),
    ref,
  );
  const release = releases.find(({ version }) => version === tagged.tag);
  if (release === undefined) throw new TypeError(`no release ${tagged.tag}`);
  const url = URL.parse(release.url, need.url)?.href ?? '';
  const folder = url.replace(/\/[^/]*$/, '');
  // Archives may be on another server; what is no file of a server is refused below.
  const files = isUnder([repository], url) || !url.startsWith('https:') ? [] : [downloadsOf(folder)];
  const archive = archiveUrl(release, { url: need.url, places: [repository, ...files] }, chart);
  const provenance = await keys.read(`${archive}.prov`, maxProvenanceBytes);
  return { tagged, folder, files, hasProvenance: provenance !== undefined };
}

/** Each release of a repository on GitHub has a folder of its own. */
function downloadsOf(folder: string): string {
  return folder.replace(/^(https:\/\/github\.com\/[^/]+\/[^/]+\/releases\/download)\/.*$/, '$1');
}

/** Throws UsageError `USAGE`. */
function chosenVersion(tags: readonly string[], { chart, version, repository }: ChartRef): Tagged {
  const chosen = versionsIn(tags).find(({ tagged, version: own }) =>
    version === undefined ? !isPrerelease(own) : [tagged.tag, tagged.version].includes(version),
  );
  if (chosen !== undefined) return chosen.tagged;
  const wanted = version ?? 'no version that is no pre-release';
  throw new UsageError('USAGE', `${repository} has ${chart}, and not ${wanted}`, {
    hint: `It has: ${tags.slice(0, 10).join(', ')}.`,
  });
}
