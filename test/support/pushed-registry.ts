/**
 * A loopback registry that holds what `push` writes for one manifest, over a fault server: everything in it can be
 * answered for otherwise, one request at a time.
 */
import { createHash } from 'node:crypto';
import {
  emptyConfigBytes,
  renderPushedEvidence,
  renderPushedManifest,
  type PushedFile,
} from '../../src/formats/own/pushed-manifest.ts';
import type { Digest } from '../../src/model/digest.ts';
import { file, startFaultServer, type FaultServer } from './fault-server.ts';

const repository = 'team/assay';

export interface PushedRegistry {
  readonly server: FaultServer;
  /** `oci://127.0.0.1:PORT/team/assay` */
  readonly place: string;
  /** The path of a blob, a manifest or a tag. */
  blob(bytes: Uint8Array): string;
  manifest(reference: string): string;
  /** Puts it there, and says its digest. */
  putBlob(bytes: Uint8Array): Digest;
  putManifest(bytes: Uint8Array, tag?: string): Digest;
  /** The artifact of a manifest and its files by their titles; tagged where there is a tag. */
  push(pushed: Pushed): Digest;
  /** What was pushed under this digest. */
  artifact(digest: Digest): Uint8Array;
  /** Evidence about an artifact, in the list of its referrers. */
  refer(subject: Digest, evidence: ReadonlyMap<string, Uint8Array>): void;
  /** That list. */
  referrers(subject: Digest): Uint8Array;
  close(): Promise<void>;
}

export interface Pushed {
  readonly manifest: readonly [title: string, bytes: Uint8Array];
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly tag?: string;
  /** What is written in place of the artifact's manifest. */
  readonly edit?: (artifact: Artifact) => void;
}

export interface Artifact {
  layers: { digest: string; size: number; mediaType: string; annotations: Record<string, string> }[];
  [field: string]: unknown;
}

export function sha256(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

export async function startPushedRegistry(): Promise<PushedRegistry> {
  const server = await startFaultServer();
  const base = `/v2/${repository}`;
  const artifacts = new Map<string, Uint8Array>();
  const referrers = new Map<string, object[]>();
  const put = (path: string, bytes: Uint8Array) =>
    server.on(path, file(bytes, { etag: `"${sha256(bytes)}"` }));
  const registry: PushedRegistry = {
    server,
    place: `oci://${server.origin.replace('http://', '')}/${repository}`,
    blob: (bytes) => `${base}/blobs/${sha256(bytes)}`,
    manifest: (reference) => `${base}/manifests/${reference}`,
    putBlob(bytes) {
      put(registry.blob(bytes), bytes);
      return sha256(bytes);
    },
    putManifest(bytes, tag) {
      const digest = sha256(bytes);
      artifacts.set(digest, bytes);
      for (const reference of [digest, ...(tag === undefined ? [] : [tag])])
        put(registry.manifest(reference), bytes);
      return digest;
    },
    push({ manifest: [title, bytes], files, tag, edit }) {
      registry.putBlob(emptyConfigBytes);
      const layer = (name: string, content: Uint8Array): PushedFile => ({
        ...{ title: name, digest: registry.putBlob(content), sizeBytes: content.length },
      });
      const rendered = renderPushedManifest({
        manifest: layer(title, bytes),
        files: [...files].map(([name, content]) => layer(name, content)),
      });
      if (edit === undefined) return registry.putManifest(rendered, tag);
      const artifact = JSON.parse(Buffer.from(rendered).toString()) as Artifact;
      edit(artifact);
      return registry.putManifest(Buffer.from(JSON.stringify(artifact)), tag);
    },
    refer(subject, evidence) {
      const files = [...evidence].map(([title, content]) => ({
        ...{ title, digest: registry.putBlob(content), sizeBytes: content.length },
      }));
      const bytes = renderPushedEvidence({
        subject: { digest: subject, sizeBytes: registry.artifact(subject).length },
        files,
      });
      const mediaType = 'application/vnd.oci.image.manifest.v1+json';
      const artifactType = 'application/vnd.assay.evidence.v1';
      const listed = referrers.get(subject) ?? [];
      listed.push({ mediaType, artifactType, digest: registry.putManifest(bytes), size: bytes.length });
      referrers.set(subject, listed);
      put(`${base}/referrers/${subject}`, registry.referrers(subject));
    },
    referrers: (subject) =>
      Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: 'application/vnd.oci.image.index.v1+json',
          manifests: referrers.get(subject) ?? [],
        }),
      ),
    artifact(digest) {
      const bytes = artifacts.get(digest);
      if (bytes === undefined) throw new TypeError(`nothing was pushed as ${digest}`);
      return bytes;
    },
    close: () => server.close(),
  };
  return registry;
}
