/**
 * An artifact: a file with a name, version, platform, URL, size and digest (SLSA, in-toto).
 */
import { z } from 'zod';
import type { Digest } from './digest.ts';

/** Packed by other means than a VM's install script knows. */
export const archiveTypes = ['tar.xz', 'tar.zst', 'tar.bz2', 'zip', 'gz', 'xz', 'zst', 'bz2'] as const;

export const artifactTypeSchema = z.enum([
  ...['binary', 'deb', 'tar.gz', 'qcow2', 'helm-chart', 'oci-image'],
  ...archiveTypes,
] as const);
export type ArtifactType = z.infer<typeof artifactTypeSchema>;

/** Has a VM's install script a rule for it? */
export function isInstallable(type: ArtifactType): boolean {
  return type !== 'helm-chart' && !(archiveTypes as readonly string[]).includes(type);
}

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
