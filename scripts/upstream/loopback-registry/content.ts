/** Blobs and manifests of the loopback registry, in and out. A manifest names nothing that is not there. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyOf, end, Refusal, sha256 } from './answers.ts';
import type { StoredRepository } from './store.ts';

interface StoredDescriptor {
  readonly digest: string;
  readonly size: number;
}

interface PutPlace {
  readonly repository: StoredRepository;
  readonly blobs: ReadonlyMap<string, Buffer>;
  /** A tag or a digest. */
  readonly reference: string;
  readonly knowsReferrers: boolean;
  readonly isCredulous: boolean;
}

export function sendBlob(
  request: IncomingMessage,
  response: ServerResponse,
  {
    repository,
    blobs,
    digest,
  }: {
    readonly repository: StoredRepository;
    readonly blobs: ReadonlyMap<string, Buffer>;
    readonly digest: string;
  },
): void {
  const bytes = blobs.get(digest);
  if (bytes === undefined || !repository.blobs.has(digest)) throw new Refusal(404, 'BLOB_UNKNOWN');
  const headers = {
    ...{ 'content-type': 'application/octet-stream', etag: `"${digest}"`, 'accept-ranges': 'bytes' },
    'docker-content-digest': digest,
  };
  const isSame = [undefined, `"${digest}"`].includes(request.headers['if-range'] as string | undefined);
  const [, first] = isSame ? (/^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? []) : [];
  if (first === undefined) {
    end(response, 200, headers, bytes, request.method);
    return;
  }
  if (Number(first) >= bytes.length) throw new Refusal(416, 'RANGE_INVALID');
  const range = `bytes ${first}-${String(bytes.length - 1)}/${String(bytes.length)}`;
  end(response, 206, { ...headers, 'content-range': range }, bytes.subarray(Number(first)), request.method);
}

export async function putManifest(
  request: IncomingMessage,
  response: ServerResponse,
  { repository, blobs, reference, knowsReferrers, isCredulous }: PutPlace,
): Promise<void> {
  const bytes = await bodyOf(request);
  const digest = isCredulous && reference.includes(':') ? reference : sha256(bytes);
  if (reference.includes(':') && reference !== digest) throw new Refusal(400, 'DIGEST_INVALID');
  const manifest = JSON.parse(bytes.toString()) as Record<string, unknown> & { mediaType?: string };
  const type = request.headers['content-type'] ?? '';
  if (manifest.mediaType !== undefined && manifest.mediaType !== type) {
    throw new Refusal(400, 'MANIFEST_INVALID');
  }
  const named = (key: string) => [manifest[key] ?? []].flat() as unknown as readonly StoredDescriptor[];
  for (const { digest: blob, size } of [...named('config'), ...named('layers')]) {
    const isThere = repository.blobs.has(blob) && blobs.get(blob)?.length === size;
    if (!isThere && !isCredulous) throw new Refusal(400, 'MANIFEST_BLOB_UNKNOWN');
  }
  for (const { digest: child } of named('manifests')) {
    if (!repository.manifests.has(child) && !isCredulous) throw new Refusal(400, 'MANIFEST_BLOB_UNKNOWN');
  }
  repository.manifests.set(digest, { bytes, type });
  if (!reference.includes(':')) repository.tags.set(reference, digest);
  const [subject] = named('subject');
  const knows = subject !== undefined && knowsReferrers;
  end(response, 201, {
    ...{ location: `/v2/x/manifests/${digest}`, 'docker-content-digest': digest },
    ...(knows ? { 'oci-subject': subject.digest } : {}),
  });
}

export function sendManifest(
  request: IncomingMessage,
  response: ServerResponse,
  repository: StoredRepository,
  reference: string,
): void {
  const digest = repository.tags.get(reference) ?? reference;
  const stored = repository.manifests.get(digest);
  if (stored === undefined) throw new Refusal(404, 'MANIFEST_UNKNOWN');
  const headers = { 'content-type': stored.type, 'docker-content-digest': digest, etag: `"${digest}"` };
  end(response, 200, headers, stored.bytes, request.method);
}

export function sendReferrers(response: ServerResponse, repository: StoredRepository, digest: string): void {
  const manifests = [...repository.manifests].flatMap(([own, { bytes, type }]) => {
    const { subject, artifactType } = JSON.parse(bytes.toString()) as {
      subject?: { digest: string };
      artifactType?: string;
    };
    if (subject?.digest !== digest) return [];
    return [{ mediaType: type, digest: own, size: bytes.length, artifactType }];
  });
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  end(
    response,
    200,
    { 'content-type': mediaType },
    JSON.stringify({ schemaVersion: 2, mediaType, manifests }),
  );
}
