/**
 * Where a chart's archive is, and what its host says of it: a line of the repository's index, or the manifest that a
 * registry has under its tag. Neither is signed. A signature is beside the archive, or a layer beside it.
 */
import {
  digestIn,
  indexOfOne,
  maxIndexBytes,
  readHelmIndex,
  type ChartRelease,
} from '../../formats/upstream/helm-index.ts';
import { maxProvenanceBytes, parseChartManifest } from '../../formats/upstream/helm-chart.ts';
import { malformed } from '../../formats/upstream/evidence-json.ts';
import { repositoryUrl, type Repository } from '../../formats/upstream/image-reference.ts';
import { isUnder } from '../../formats/text/https-url.ts';
import type { Artifact } from '../../model/artifact.ts';
import type { Digest } from '../../model/digest.ts';
import { VerificationError } from '../../model/errors.ts';
import { fileNeed, type FileNeed, type Need } from '../../model/need.ts';
import type { EvidenceDocument } from '../../model/verification.ts';
import { printableUrlText } from '../../model/url-text.ts';
import { digestOf, verifyBytes } from '../digest.ts';
import { blobNeed, manifestNeed } from '../image/needs.ts';
import { once, type Documents } from '../method.ts';

export interface ChartSubject {
  readonly artifact: Omit<Artifact, 'digest' | 'url' | 'sizeBytes' | 'image'>;
  /** As the publisher writes them, the version with its `v` where it has one. */
  readonly chart: { readonly name: string; readonly version: string };
  readonly at:
    | {
        readonly kind: 'index';
        readonly url: string;
        /** The archive is under one of these. */
        readonly places: readonly string[];
        /** Of the archive, as its server says. */
        readonly sizeBytes: number;
      }
    | { readonly kind: 'registry'; readonly repository: Repository; readonly tag: string };
}

export interface ChartLocation {
  readonly url: string;
  readonly sizeBytes: number;
  /** The host's word; undefined where it says nothing. */
  readonly digest: Digest | undefined;
  /** What said all that. */
  readonly document: EvidenceDocument;
  /** Where the signature is to be; undefined where the registry has none. */
  readonly provenance: Need | undefined;
}

export interface Lacking {
  readonly needs: readonly Need[];
}

const provenanceRole = 'helm-provenance';

/** The index is kept as far as it is about this version: whoever reads what was kept has that in its place. */
export function indexNeed(url: string): FileNeed {
  return { ...fileNeed({ role: 'helm-index', maxBytes: maxIndexBytes }, url), isRevalidated: true };
}

/** What Helm calls the archive of a version. */
export function archiveName({ name, version }: ChartSubject['chart']): string {
  return `${name}-${version}.tgz`;
}

/** Throws VerificationError `EVIDENCE_MISSING`, `EVIDENCE_MALFORMED`, `LIMIT_EXCEEDED`, `SUBJECT_MISMATCH`. */
export async function locateChart(matter: {
  readonly documents: Documents;
  readonly subject: ChartSubject;
  readonly memo: Map<string, Promise<unknown>>;
}): Promise<ChartLocation | Lacking> {
  const { documents, subject, memo } = matter;
  const { at, chart } = subject;
  if (at.kind === 'registry') return locateInRegistry(documents, at);
  const need = indexNeed(at.url);
  if (!documents.has(need)) return { needs: [need] };
  const index = documents.of(need);
  const releases = await releasesIn(index, chart.name, memo);
  const release = releases.find(({ version }) => version === chart.version);
  if (release === undefined) {
    throw new VerificationError('EVIDENCE_MISSING', `${at.url} has no ${chart.name} ${chart.version}`);
  }
  const url = archiveUrl(release, at, chart.name);
  const kept = indexOfOne(chart.name, release);
  const { role } = index;
  return {
    ...{
      url,
      sizeBytes: at.sizeBytes,
      digest: digestIn(release, `${at.url}, ${chart.name} ${chart.version}`),
    },
    document: { role, url: at.url, digest: digestOf('sha256', kept), sizeBytes: kept.length, bytes: kept },
    provenance: fileNeed({ role: provenanceRole, maxBytes: maxProvenanceBytes }, `${url}.prov`),
  };
}

/** Read once, for all that is asked of it. */
export function releasesIn(
  { bytes, digest, url }: EvidenceDocument,
  chart: string,
  memo: Map<string, Promise<unknown>>,
): Promise<readonly ChartRelease[]> {
  const key = JSON.stringify(['helm-index', url, digest, chart]);
  return once(memo, key, () => Promise.resolve().then(() => readHelmIndex(bytes, chart, url)));
}

/** Throws VerificationError `EVIDENCE_MALFORMED`, and `SUBJECT_MISMATCH` where the catalogue does not let it be there. */
export function archiveUrl(
  release: ChartRelease,
  { url: indexUrl, places }: Pick<Extract<ChartSubject['at'], { kind: 'index' }>, 'url' | 'places'>,
  chart: string,
): string {
  const found = URL.parse(release.url, indexUrl)?.href;
  const name = `${chart} ${release.version}`;
  if (found === undefined) throw malformed(indexUrl, `the place of ${name} is no URL`);
  if (isUnder(places, found)) return found;
  const isRegistry = found.startsWith('oci:');
  throw new VerificationError(
    'SUBJECT_MISMATCH',
    `${indexUrl} has ${name} at ${printableUrlText(found)}, which is under none of ${places.join(', ')}`,
    {
      hint: isRegistry
        ? 'It is in a registry: make that the source, with "repository: oci://…".'
        : 'Is that where the publisher has its archives? Then name it in "files" of the source.',
      context: { expected: places.join(', '), found },
    },
  );
}

function locateInRegistry(
  documents: Documents,
  { repository, tag }: Extract<ChartSubject['at'], { kind: 'registry' }>,
): ChartLocation | Lacking {
  const need = manifestNeed('helm-manifest', repository, tag);
  if (!documents.has(need)) return { needs: [need] };
  const document = documents.of(need);
  const { content, provenance } = parseChartManifest(document.bytes, document.url);
  return {
    url: `${repositoryUrl(repository)}/blobs/${content.digest}`,
    ...{ sizeBytes: content.size, digest: content.digest, document },
    provenance: provenance && blobNeed(provenanceRole, repository, provenance),
  };
}

/** What a tag of a registry leads to, or else a chart's signature, compared with what names it. */
export function provenanceOf(
  { provenance, document }: ChartLocation,
  documents: Documents,
  what: string,
): EvidenceDocument | Lacking {
  if (provenance === undefined) {
    throw new VerificationError(
      'EVIDENCE_MISSING',
      `${what} is not signed: ${document.url} has no provenance`,
      {
        hint: 'Only what was pushed together with its .prov file has a signature there.',
      },
    );
  }
  if (!documents.has(provenance)) return { needs: [provenance] };
  const found = documents.of(provenance);
  if (provenance.kind === 'blob' && typeof provenance.reference !== 'string') {
    verifyBytes(found.bytes, provenance.reference, found.url);
  }
  return found;
}
