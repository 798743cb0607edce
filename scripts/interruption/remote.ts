/** A registry that a command writes to, as if it were a directory. */
import {
  startLoopbackRegistry,
  type LoopbackRegistry,
  type LoopbackRegistryOptions,
} from '../upstream/loopback-registry.ts';
import type { Files, Remote } from './scenario.ts';

export async function startRemoteRegistry(options: LoopbackRegistryOptions = {}): Promise<Remote> {
  const registry = await startLoopbackRegistry(options);
  return remoteOf(registry, options);
}

function remoteOf(registry: LoopbackRegistry, options: LoopbackRegistryOptions): Remote {
  return {
    host: registry.url.replace('http://', ''),
    held: () => heldBy(registry),
    async copy() {
      const copy = await startLoopbackRegistry(options);
      for (const [digest, bytes] of registry.blobs) copy.blobs.set(digest, bytes);
      for (const [name, { blobs, manifests, tags }] of registry.repositories) {
        copy.repositories.set(name, {
          ...{ blobs: new Set(blobs), manifests: new Map(manifests), tags: new Map(tags) },
        });
      }
      return remoteOf(copy, options);
    },
    close: () => registry.close(),
  };
}

/** `registry/<repository>/(blobs|manifests)/<digest>`, and `…/tags/<tag>`, which has the digest that it leads to. */
function heldBy({ blobs: bytesOf, repositories }: LoopbackRegistry): Files {
  const held = new Map<string, string>();
  for (const [name, { blobs, manifests, tags }] of repositories) {
    for (const digest of blobs) {
      held.set(`registry/${name}/blobs/${digest}`, bytesOf.get(digest)?.toString('base64') ?? '');
    }
    for (const [digest, { bytes }] of manifests) {
      held.set(`registry/${name}/manifests/${digest}`, bytes.toString('base64'));
    }
    for (const [tag, digest] of tags) {
      held.set(`registry/${name}/tags/${tag}`, Buffer.from(digest).toString('base64'));
    }
  }
  return held;
}
