/**
 * An artifact: a file with a name, version, platform, URL, size and digest (SLSA, in-toto).
 */
import { z } from 'zod';
import type { Digest } from './digest.ts';

export const artifactTypeSchema = z.enum(['binary', 'deb', 'tar.gz', 'qcow2']);
export type ArtifactType = z.infer<typeof artifactTypeSchema>;

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
  /** At the origin, never at a mirror. */
  readonly url: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
}
