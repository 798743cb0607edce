/** The parts of an image reference, as the OCI distribution specification writes them: `registry.k8s.io/pause:3.10`. */
import { isLoopbackHost } from '../../model/loopback.ts';

const registry = String.raw`[a-z0-9]+(?:[.-][a-z0-9]+)*(?::[1-9][0-9]{0,4})?`;
const component = String.raw`[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*`;
const repository = String.raw`${component}(?:\/${component})*`;

export const registryPattern = new RegExp(`^${registry}$`);
export const repositoryPattern = new RegExp(`^${repository}$`);
export const repositoryReferencePattern = new RegExp(`^${registry}\\/${repository}$`);

/** The longest host's name, and the longest path below it. */
export const maxPartLength = 255;

/** A host's full name, and a port where it is not that of HTTPS. */
export function isRegistry(text: string): boolean {
  return text.length <= maxPartLength && registryPattern.test(text) && isFullHost(text);
}

export function isFullHost(text: string): boolean {
  return text.includes('.') || text.includes(':');
}

/** Below a registry. */
export function isRepository(text: string): boolean {
  return text.length <= maxPartLength && repositoryPattern.test(text);
}

export interface Repository {
  /** The host, as references name it. */
  readonly registry: string;
  readonly repository: string;
}

/** Where a repository's manifests and blobs are: over https, but for a registry on this machine. */
export function repositoryUrl({ registry, repository }: Repository): string {
  // The one registry that is reached under another name than images have.
  const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry;
  const scheme = isLoopbackHost(host.replace(/:\d+$/, '')) ? 'http' : 'https';
  return `${scheme}://${host}/v2/${repository}`;
}

export interface TaggedReference extends Repository {
  /** With the registry, also where it was left to be understood: `docker.io/team/app:1`. */
  readonly name: string;
  readonly tag: string;
}

/** Of a reference's first part: the host of a registry, as docker, podman and containerd tell it from a repository. */
export function isRegistryHost(part: string): boolean {
  return isFullHost(part) || part === 'localhost';
}

/** What a reference without a registry is of. */
const defaultRegistry = 'docker.io';

/** A well-formed reference with a tag, as docker, podman and containerd read it. */
export function parseTaggedReference(reference: string): TaggedReference {
  const colon = reference.lastIndexOf(':');
  const [path, tag] = [reference.slice(0, colon), reference.slice(colon + 1)];
  const slash = path.indexOf('/');
  const first = path.slice(0, Math.max(slash, 0));
  const [named, rest] = isRegistryHost(first) ? [first, path.slice(slash + 1)] : [defaultRegistry, path];
  const repository = named === defaultRegistry && !rest.includes('/') ? `library/${rest}` : rest;
  return { registry: named, repository, tag, name: `${named}/${repository}:${tag}` };
}

/** The repository of a blob, by the blob's URL; undefined for any other URL. */
export function repositoryOfBlob(url: string): Repository | undefined {
  const [, host, name] = /^https:\/\/([^/]+)\/v2\/(.+)\/blobs\/sha256:[0-9a-f]{64}$/.exec(url) ?? [];
  if (host === undefined || name === undefined || !isRepository(name)) return undefined;
  return { registry: host === 'registry-1.docker.io' ? 'docker.io' : host, repository: name };
}
