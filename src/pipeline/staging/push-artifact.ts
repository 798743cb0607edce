/**
 * A manifest of a kind into a registry, once its files are there: its own bytes, the artifact that names all of them,
 * and the evidence about it. The tag moves last, so that it never leads to what is not there.
 */
import {
  emptyConfigBytes,
  pushedTypes,
  renderPushedEvidence,
  renderPushedManifest,
  type PushedFile,
} from '../../formats/own/pushed-manifest.ts';
import { referrersTag, referrersType, withReferrer } from '../../formats/upstream/referrers.ts';
import { repositoryUrl } from '../../formats/upstream/image-reference.ts';
import type { Digest } from '../../model/digest.ts';
import { isNotThere } from '../../model/errors.ts';
import { RegistryClient } from '../../sources/registry-client.ts';
import type { RegistryPorts } from '../../sources/registry-authority.ts';
import { digestOf } from '../../verify/digest.ts';
import type { BlobPusher } from './push-blobs.ts';
import type { PlannedArtifact, TitledBytes } from './push-plan.ts';

export interface PushedArtifact {
  readonly artifact: PlannedArtifact;
  /** Of the artifact's manifest in the registry. */
  readonly digest: Digest;
  /** Of the evidence about it, where there is any. */
  readonly evidence: Digest | undefined;
  /** `kept`: the tag led to it already. */
  readonly status: 'kept' | 'pushed';
}

export interface ArtifactPorts extends RegistryPorts {
  readonly pusher: BlobPusher;
  readonly repository: string;
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json';

/** `files`: of its items, in their order, as the registry has them. Throws TransportError, VerificationError. */
export async function pushArtifact(
  artifact: PlannedArtifact,
  files: readonly PushedFile[],
  ports: ArtifactPorts,
): Promise<PushedArtifact> {
  const { pusher, repository } = ports;
  const writer = pusher.writer(repository);
  await pusher.pushBytes(repository, emptyConfigBytes);
  const [manifest] = await titled([artifact], ports);
  if (manifest === undefined) throw new TypeError('the manifest was not pushed');
  const bytes = renderPushedManifest({ manifest, files });
  const digest = digestOf('sha256', bytes);
  const isTagged = (await writer.findManifest(artifact.tag)) === digest;
  if (!isTagged) await writer.putManifest(bytes, manifestType);
  const subject = { digest, sizeBytes: bytes.length };
  const evidence = artifact.evidence.length === 0 ? undefined : await pushEvidence(artifact, subject, ports);
  if (!isTagged) await writer.putManifest(bytes, manifestType, artifact.tag);
  return { artifact, digest, evidence, status: isTagged ? 'kept' : 'pushed' };
}

async function pushEvidence(
  { evidence }: PlannedArtifact,
  subject: { readonly digest: Digest; readonly sizeBytes: number },
  ports: ArtifactPorts,
): Promise<Digest> {
  const writer = ports.pusher.writer(ports.repository);
  const bytes = renderPushedEvidence({ subject, files: await titled(evidence, ports) });
  const digest = digestOf('sha256', bytes);
  const { knowsSubjects } = await writer.putManifest(bytes, manifestType);
  if (!knowsSubjects) await listReferrer(subject.digest, { digest, sizeBytes: bytes.length }, ports);
  return digest;
}

/** Under the tag where clients look whose registry has no list of its own. */
async function listReferrer(
  subject: Digest,
  evidence: { readonly digest: Digest; readonly sizeBytes: number },
  { pusher, repository, ...ports }: ArtifactPorts,
): Promise<void> {
  const writer = pusher.writer(repository);
  const tag = referrersTag(subject);
  const url = `${repositoryUrl(writer.repository)}/manifests/${tag}`;
  const client = new RegistryClient(writer.repository, ports);
  const list = await client.tagged(url).catch((error: unknown) => {
    if (isNotThere(error)) return undefined;
    throw error;
  });
  const changed = withReferrer(list, { ...evidence, artifactType: pushedTypes.evidence }, url);
  if (changed !== undefined) await writer.putManifest(changed, referrersType, tag);
}

/** One after the other: they are many and small, and a registry counts requests. */
async function titled(
  files: readonly TitledBytes[],
  { pusher, repository }: ArtifactPorts,
): Promise<readonly PushedFile[]> {
  const pushed: PushedFile[] = [];
  for (const { title, bytes } of files) {
    pushed.push({ title, ...(await pusher.pushBytes(repository, bytes)) });
  }
  return pushed;
}
