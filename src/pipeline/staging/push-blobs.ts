/**
 * Blobs on their way into the repositories of one registry. What is there is not sent again, and what another repository
 * of this run has is mounted from there.
 */
import type { Digest } from '../../model/digest.ts';
import type { Progress } from '../../model/ports.ts';
import type { RegistryPorts } from '../../sources/registry-authority.ts';
import type { PushedBlob } from '../../sources/registry-upload.ts';
import { RegistryWriter } from '../../sources/registry-writer.ts';
import { digestOf, type Expected } from '../../verify/digest.ts';
import type { PushedBytes, WantedBytes } from './push-sources.ts';

export interface BlobCounts {
  kept: number;
  mounted: number;
  sent: number;
  sentBytes: number;
}

export interface BlobPorts extends RegistryPorts {
  /** The host. */
  readonly registry: string;
  readonly source: PushedBytes;
  readonly progress?: Progress | undefined;
}

export class BlobPusher {
  readonly counts: BlobCounts = { kept: 0, mounted: 0, sent: 0, sentBytes: 0 };
  readonly #ports: BlobPorts;
  readonly #writers = new Map<string, RegistryWriter>();
  /** By repository and digest: what several manifests name is sent once. */
  readonly #pushed = new Map<string, Promise<Expected>>();
  /** By digest, the last of those that push it: what one of them has put there, the next one mounts. */
  readonly #turns = new Map<Digest, Promise<unknown>>();
  /** By digest, the repositories that have it. */
  readonly #homes = new Map<Digest, Set<string>>();

  constructor(ports: BlobPorts) {
    this.#ports = ports;
  }

  writer(repository: string): RegistryWriter {
    const { registry } = this.#ports;
    const writer = this.#writers.get(repository) ?? new RegistryWriter({ registry, repository }, this.#ports);
    this.#writers.set(repository, writer);
    return writer;
  }

  /** Returns what the registry knows it by. Throws as `PushedBytes.open` and `RegistryWriter` do. */
  push(repository: string, wanted: WantedBytes): Promise<Expected> {
    return this.#once(repository, wanted.digest, () => this.#push(repository, wanted));
  }

  /** Bytes that are at hand. */
  pushBytes(repository: string, bytes: Uint8Array): Promise<Expected> {
    const blob = blobOf(bytes);
    return this.#once(repository, blob.digest, async () => {
      if (!(await this.#isThere(repository, blob))) await this.#upload(repository, blob);
      return { digest: blob.digest, sizeBytes: blob.sizeBytes };
    });
  }

  #once(repository: string, digest: Digest, push: () => Promise<Expected>): Promise<Expected> {
    const key = `${repository} ${digest}`;
    const known = this.#pushed.get(key);
    if (known !== undefined) return known;
    const before = this.#turns.get(digest) ?? Promise.resolve();
    const pushing = before.catch(() => undefined).then(push);
    this.#turns.set(digest, pushing);
    this.#pushed.set(key, pushing);
    return pushing;
  }

  async #push(repository: string, wanted: WantedBytes): Promise<Expected> {
    const { digest, sizeBytes } = wanted;
    // By another digest registries do not know it: it has to be at hand to be asked for.
    const isNamed = digest.startsWith('sha256:');
    if (isNamed && (await this.#isThere(repository, wanted))) return { digest, sizeBytes };
    const blob = await this.#ports.source.open(wanted);
    try {
      const isThere = !isNamed && (await this.#isThere(repository, blob));
      if (!isThere) await this.#upload(repository, blob, wanted.title);
      return { digest: blob.digest, sizeBytes };
    } finally {
      await blob.close();
    }
  }

  async #isThere(repository: string, blob: Expected): Promise<boolean> {
    const writer = this.writer(repository);
    if (await writer.hasBlob(blob)) {
      this.counts.kept += 1;
      this.#note(repository, blob.digest);
      return true;
    }
    const [home] = this.#homes.get(blob.digest) ?? [];
    if (home === undefined || !(await writer.mount(blob, home))) return false;
    this.counts.mounted += 1;
    this.#note(repository, blob.digest);
    return true;
  }

  async #upload(repository: string, blob: PushedBlob, title?: string): Promise<void> {
    const { progress, reporter } = this.#ports;
    const name = title === undefined ? undefined : `${title} to the registry`;
    reporter.step(`sending ${title ?? blob.digest} to ${repository}`);
    if (name !== undefined) progress?.start(name, blob.sizeBytes, 0);
    try {
      const onBytes = name === undefined ? undefined : (count: number) => progress?.advance(name, count);
      const sentBytes = await this.writer(repository).upload(blob, { onBytes });
      this.counts.sent += 1;
      this.counts.sentBytes += sentBytes;
    } finally {
      if (name !== undefined) progress?.end(name);
    }
    this.#note(repository, blob.digest);
  }

  #note(repository: string, digest: Digest): void {
    const homes = this.#homes.get(digest) ?? new Set();
    this.#homes.set(digest, homes.add(repository));
  }
}

function blobOf(bytes: Uint8Array): PushedBlob {
  return {
    ...{ digest: digestOf('sha256', bytes), sizeBytes: bytes.length },
    async *read(offset, count) {
      yield await Promise.resolve(bytes.subarray(offset, offset + count));
    },
  };
}
