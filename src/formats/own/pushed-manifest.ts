/**
 * What `push` puts into a registry for a manifest: an artifact's manifest (OCI image specification 1.1, `manifest.md`,
 * "Guidelines for Artifact Usage"), a layer for each file by the name that it is staged under, and the manifest itself
 * among them. Its evidence is a second artifact, whose `subject` is the first (the registry's referrers).
 *
 * A registry vouches for nothing. What is read here was written by whoever may push there: digests are compared by the
 * callers, and files are believed for the manifest's sake, which is believed for a digest or for its proofs.
 */
import { z } from 'zod';
import type { Digest } from '../../model/digest.ts';
import { descriptorSchema, maxManifestBytes } from '../upstream/oci-manifest.ts';
import { malformed, parseEvidenceJson } from '../upstream/evidence-json.ts';
import { manifestFileName } from './manifest.ts';
import type { Manifest } from './manifest-schema.ts';

export const pushedTypes = {
  manifest: 'application/vnd.assay.manifest.v1',
  evidence: 'application/vnd.assay.evidence.v1',
  /** Of the layer that is the manifest's own bytes. */
  manifestLayer: 'application/vnd.assay.manifest.v1+json',
  file: 'application/octet-stream',
} as const;

const ociManifestType = 'application/vnd.oci.image.manifest.v1+json';

/** "Guidance for an Empty Descriptor". */
export const emptyConfig = {
  mediaType: 'application/vnd.oci.empty.v1+json',
  digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
  size: 2,
  data: 'e30=',
} as const;
export const emptyConfigBytes: Uint8Array = Buffer.from('{}');

const titleKey = 'org.opencontainers.image.title';

/** A blob of the registry, and the name that it has where it is pulled to. */
export interface PushedFile {
  readonly title: string;
  /** SHA-256: registries need know no other. */
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export interface PushedManifest {
  /** The manifest's own bytes, titled `<kind>.<os>.<arch>.json`. */
  readonly manifest: PushedFile;
  /** By their staged names, in the order of the layers. */
  readonly files: readonly PushedFile[];
}

export interface PushedEvidence {
  /** The digest of the artifact that it is about. */
  readonly subject: { readonly digest: Digest; readonly sizeBytes: number };
  /** By their paths beside the manifest: `evidence/…`, `evidence/documents/…`. */
  readonly files: readonly PushedFile[];
}

/** The tag that a manifest has in a repository of its own. */
export function pushedTag({ vmconfig: { kind, os } }: Manifest): string {
  return `${kind}.${os.name}.${os.arch}`;
}

/** What its layer is called, whatever the file that it was read from is: a release's is called after its version, too. */
export function pushedTitle({ vmconfig: { kind, os } }: Manifest): string {
  return manifestFileName(kind, os.name, os.arch);
}

/** The same input always gives the same bytes: what has not changed has its digest still. */
export function renderPushedManifest({ manifest, files }: PushedManifest): Uint8Array {
  return render({
    artifactType: pushedTypes.manifest,
    config: emptyConfig,
    layers: [
      layerOf(manifest, pushedTypes.manifestLayer),
      ...files.map((file) => layerOf(file, pushedTypes.file)),
    ],
  });
}

export function renderPushedEvidence({ subject, files }: PushedEvidence): Uint8Array {
  return render({
    artifactType: pushedTypes.evidence,
    config: emptyConfig,
    layers: files.map((file) => layerOf(file, pushedTypes.file)),
    subject: { mediaType: ociManifestType, digest: subject.digest, size: subject.sizeBytes },
  });
}

function render(artifact: object): Uint8Array {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: ociManifestType, ...artifact }));
}

function layerOf({ title, digest, sizeBytes }: PushedFile, mediaType: string): object {
  return { mediaType, digest, size: sizeBytes, annotations: { [titleKey]: title } };
}

/** Plain names alone: a title is a path on the disk of whoever pulls. */
const name = String.raw`[A-Za-z0-9_][A-Za-z0-9_.+~-]{0,254}`;
const flatTitle = new RegExp(`^${name}$`);
const evidenceTitle = new RegExp(`^evidence/(?:documents/)?${name}$`);

const artifactSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.literal(ociManifestType),
  artifactType: z.string(),
  config: descriptorSchema,
  layers: z.array(descriptorSchema).max(10_000),
  subject: descriptorSchema.exactOptional(),
});

type Artifact = z.output<typeof artifactSchema>;

/** Untrusted bytes; `what` is for messages. Throws VerificationError `LIMIT_EXCEEDED` and `EVIDENCE_MALFORMED`. */
export function parsePushedManifest(bytes: Uint8Array, what: string): PushedManifest {
  const { layers } = parseArtifact(bytes, what, pushedTypes.manifest);
  const files = filesOf(layers, flatTitle, what);
  const found = files.filter((_, index) => layers[index]?.mediaType === pushedTypes.manifestLayer);
  const [manifest, second] = found;
  if (manifest === undefined || second !== undefined) {
    throw malformed(what, `it has ${found.length} layers of type ${pushedTypes.manifestLayer}, expected one`);
  }
  return { manifest, files: files.filter((file) => file !== manifest) };
}

/** Untrusted bytes. Throws VerificationError `LIMIT_EXCEEDED` and `EVIDENCE_MALFORMED`. */
export function parsePushedEvidence(bytes: Uint8Array, what: string): PushedEvidence {
  const { layers, subject } = parseArtifact(bytes, what, pushedTypes.evidence);
  if (subject === undefined) throw malformed(what, 'it has no subject: it is about nothing');
  return {
    subject: { digest: subject.digest, sizeBytes: subject.size },
    files: filesOf(layers, evidenceTitle, what),
  };
}

function parseArtifact(bytes: Uint8Array, what: string, artifactType: string): Artifact {
  const artifact = parseEvidenceJson(artifactSchema, bytes, what, { maxBytes: maxManifestBytes });
  if (artifact.artifactType === artifactType) return artifact;
  const found = JSON.stringify(artifact.artifactType.slice(0, 100));
  throw malformed(what, `its artifactType is ${found}, expected ${artifactType}`);
}

function filesOf(layers: Artifact['layers'], pattern: RegExp, what: string): readonly PushedFile[] {
  const seen = new Set<string>();
  return layers.map(({ digest, size, annotations }, index) => {
    const title = annotations?.[titleKey] ?? '';
    if (!pattern.test(title)) {
      const shown = JSON.stringify(title.slice(0, 100));
      throw malformed(what, `layers[${index}] has the title ${shown}, which is no name of a file of ours`);
    }
    if (seen.has(title)) throw malformed(what, `two layers have the title ${title}`);
    seen.add(title);
    return { title, digest, sizeBytes: size };
  });
}
