/**
 * An artifact: a file with a name, version, platform, URL, size and digest (SLSA, in-toto).
 */
import { z } from 'zod';
import type { Digest } from './digest.ts';

export const artifactTypeSchema = z.enum(['binary', 'deb', 'tar.gz', 'qcow2', 'helm-chart', 'oci-image']);
export type ArtifactType = z.infer<typeof artifactTypeSchema>;

/** What can be staged as a file. */
export const fileTypeSchema = artifactTypeSchema.exclude(['oci-image']);
export type FileType = z.infer<typeof fileTypeSchema>;

export const architectureSchema = z.enum(['amd64', 'arm64']);
export type Architecture = z.infer<typeof architectureSchema>;

export interface Platform {
  /** For example `debian-13`. */
  readonly os: string;
  readonly arch: Architecture;
}

export interface Artifact {
  /** The dependency's key in the catalogue and the manifest. */
  readonly name: string;
  /** As upstream orders versions: a Debian version keeps its epoch here (the manifest drops it). */
  readonly version: string;
  readonly platform: Platform;
  readonly type: ArtifactType;
  /** At the origin, never at a mirror. Of an image its reference: `registry.k8s.io/pause:3.10.2`. */
  readonly url: string;
  /** Of an image its manifest's for the platform. */
  readonly digest: Digest;
  /** Of an image its manifest, configuration and layers together. */
  readonly sizeBytes: number;
  /** Of an image only. */
  readonly image?: {
    /** As OCI names it: `linux/amd64`. */
    readonly platform: string;
    /** Undefined where the reference names the platform's manifest itself. */
    readonly index: Digest | undefined;
  };
}
