/**
 * A chart as it is signed and as registries have it: the text of a provenance file (Helm's documentation, "Helm
 * Provenance and Integrity"), and the manifest of a chart in a registry ("Use OCI-based registries").
 */
import { z } from 'zod';
import type { Digest } from '../../model/digest.ts';
import { malformed } from './evidence-json.ts';
import { parseEvidenceYaml } from './evidence-yaml.ts';
import { parseImageManifest, type Descriptor } from './oci-manifest.ts';

/** Chart.yaml, and a digest. More of what is in no plain form would take the parser of YAML longer than a second. */
export const maxProvenanceBytes = 256 << 10;

const metadataSchema = z.object({ name: z.string(), version: z.string() });
const filesSchema = z.object({ files: z.record(z.string(), z.string()) });

export interface ChartProvenance {
  readonly name: string;
  readonly version: string;
  /** By file name, as it is written: `sha256:<hex>`. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * What was signed: Chart.yaml, a line of three dots, and the digest of the archive by its name. Throws VerificationError
 * `EVIDENCE_MALFORMED`.
 */
export function parseChartProvenance(text: Uint8Array, what: string): ChartProvenance {
  const [metadata, files, ...others] = Buffer.from(text).toString('latin1').split('\n...\n');
  if (metadata === undefined || files === undefined || others.length > 0) {
    throw malformed(what, 'it must be two documents with a line "..." between them');
  }
  const limit = { maxBytes: maxProvenanceBytes };
  const bytesOf = (part: string) => Buffer.from(part, 'latin1');
  const { name, version } = parseEvidenceYaml(metadataSchema, bytesOf(metadata), what, limit);
  const sums = parseEvidenceYaml(filesSchema, bytesOf(files), what, limit).files;
  return { name, version, files: new Map(Object.entries(sums)) };
}

/** Throws VerificationError `EVIDENCE_MALFORMED`. */
export function parseProvenanceDigest(text: string, what: string): Digest {
  if (/^sha256:[0-9a-f]{64}$/.test(text)) return text as Digest;
  throw malformed(what, `its digest ${JSON.stringify(text.slice(0, 80))} is not sha256: and 64 digits`);
}

const configType = 'application/vnd.cncf.helm.config.v1+json';
const contentType = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
const provenanceType = 'application/vnd.cncf.helm.chart.provenance.v1.prov';

export interface ChartLayers {
  /** The archive. */
  readonly content: Descriptor;
  readonly provenance: Descriptor | undefined;
}

/** Untrusted bytes. Throws VerificationError `LIMIT_EXCEEDED`, `EVIDENCE_MALFORMED` for what is no chart. */
export function parseChartManifest(bytes: Uint8Array, what: string): ChartLayers {
  const { config, layers } = parseImageManifest(bytes, what);
  if (config.mediaType !== configType) {
    throw malformed(what, `its configuration is of the type ${config.mediaType}, which no chart has`);
  }
  const contents = layers.filter(({ mediaType }) => mediaType === contentType);
  const provenances = layers.filter(({ mediaType }) => mediaType === provenanceType);
  const [content] = contents;
  if (content === undefined || contents.length > 1 || provenances.length > 1) {
    const found = `${String(contents.length)} archives and ${String(provenances.length)} provenance files`;
    throw malformed(what, `a chart has one archive, and at most one provenance file, found ${found}`);
  }
  return { content, provenance: provenances[0] };
}
