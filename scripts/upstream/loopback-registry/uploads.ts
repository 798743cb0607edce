/** Blobs on their way into the loopback registry: sessions, chunks that have to follow each other, mounts. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { end, Refusal, sha256 } from './answers.ts';
import type { RegistryStore } from './store.ts';

export interface UploadOptions {
  readonly mounts?: boolean;
  readonly minChunkBytes?: number;
  readonly location?: 'absolute' | 'relative';
  /** Takes bytes for what they are called, and manifests whatever they name. */
  readonly isCredulous?: boolean;
}

interface Upload {
  readonly repository: string;
  bytes: Buffer;
}

export class RegistryUploads {
  readonly #uploads = new Map<string, Upload>();
  readonly #store: RegistryStore;
  readonly #options: UploadOptions;

  constructor(store: RegistryStore, options: UploadOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Throws Refusal, and where the connection is to be cut. */
  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    { url, name, id }: { readonly url: URL; readonly name: string; readonly id: string },
  ): Promise<void> {
    if (request.method === 'POST' && id === '') {
      this.#begin(response, url, name);
      return;
    }
    const upload = this.#uploads.get(id);
    if (upload?.repository !== name) throw new Refusal(404, 'BLOB_UPLOAD_UNKNOWN');
    if (request.method === 'GET') {
      end(response, 204, this.#stateOf(id, upload));
      return;
    }
    const isInStep = url.searchParams.get('_state') === String(upload.bytes.length);
    if (!isInStep) throw new Refusal(416, 'BLOB_UPLOAD_INVALID', this.#stateOf(id, upload));
    if (request.method === 'PATCH') await this.#append(request, id, upload, 'must have a range');
    if (request.method === 'PATCH') {
      end(response, 202, this.#stateOf(id, upload));
      return;
    }
    if (request.method !== 'PUT') throw new Refusal(405, 'UNSUPPORTED');
    await this.#append(request, id, upload, 'may have a range');
    const digest = url.searchParams.get('digest') ?? '';
    const isRight = this.#options.isCredulous === true || sha256(upload.bytes) === digest;
    if (!isRight) throw new Refusal(400, 'DIGEST_INVALID');
    this.#uploads.delete(id);
    this.#store.blobs.set(digest, upload.bytes);
    this.#store.repository(name, true).blobs.add(digest);
    end(response, 201, { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest });
  }

  #begin(response: ServerResponse, url: URL, name: string): void {
    const [digest, from] = [url.searchParams.get('mount'), url.searchParams.get('from')];
    const source = from === null ? undefined : this.#store.repositories.get(from);
    if (digest !== null && source?.blobs.has(digest) === true && this.#options.mounts !== false) {
      this.#store.repository(name, true).blobs.add(digest);
      end(response, 201, { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest });
      return;
    }
    const id = randomBytes(8).toString('hex');
    const upload = { repository: name, bytes: Buffer.alloc(0) };
    this.#uploads.set(id, upload);
    const { minChunkBytes } = this.#options;
    const least = minChunkBytes === undefined ? {} : { 'oci-chunk-min-length': String(minChunkBytes) };
    end(response, 202, { ...this.#stateOf(id, upload), ...least });
  }

  /** The state in the query has to be given back as it is. */
  #stateOf(id: string, { repository, bytes }: Upload): Record<string, string> {
    const path = `/v2/${repository}/blobs/uploads/${id}?_state=${String(bytes.length)}`;
    const location = this.#options.location === 'absolute' ? `http://${this.#store.host}${path}` : path;
    return { location, range: `0-${String(Math.max(bytes.length - 1, 0))}`, 'docker-upload-uuid': id };
  }

  async #append(
    request: IncomingMessage,
    id: string,
    upload: Upload,
    rule: 'must have a range' | 'may have a range',
  ): Promise<void> {
    const { 'content-range': range, 'content-length': length, 'content-type': type } = request.headers;
    const start = upload.bytes.length;
    const expected = `${String(start)}-${String(start + Number(length) - 1)}`;
    const isRangeRight = range === undefined ? rule === 'may have a range' : range === expected;
    if (length === undefined || type !== 'application/octet-stream') throw new Refusal(400, 'SIZE_INVALID');
    if (!isRangeRight) throw new Refusal(416, 'BLOB_UPLOAD_INVALID', this.#stateOf(id, upload));
    const cutAfter = this.#store.cutAfterBytes;
    this.#store.cutAfterBytes = undefined;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      upload.bytes = Buffer.concat([upload.bytes, chunk]);
      if (cutAfter !== undefined && upload.bytes.length - start >= cutAfter) throw new Error('cut');
    }
  }
}
