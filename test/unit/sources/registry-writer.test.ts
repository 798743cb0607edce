import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  sha256,
  startLoopbackRegistry,
  type LoopbackRegistry,
  type LoopbackRegistryOptions,
} from '../../../scripts/upstream/loopback-registry.ts';
import type { Digest } from '../../../src/model/digest.ts';
import { TransportError, VerificationError } from '../../../src/model/errors.ts';
import { RegistryWriter } from '../../../src/sources/registry-writer.ts';
import { openLoopbackRegistry } from '../../support/loopback-repository.ts';
import { refusal } from '../../support/refusals.ts';

const bytes = randomBytes(300_000);
const chunkBytes = 100_000;

function blobOf(content: Buffer, digest = sha256(content) as Digest) {
  return {
    ...{ digest, sizeBytes: content.length },
    async *read(offset: number, count: number) {
      for (let at = offset; at < offset + count; at += 10_000) {
        yield await Promise.resolve(content.subarray(at, Math.min(at + 10_000, offset + count)));
      }
    },
  };
}
const blob = blobOf(bytes);

async function open(
  options: LoopbackRegistryOptions = {},
): Promise<{ registry: LoopbackRegistry; writer: RegistryWriter; other: RegistryWriter }> {
  const secret = { kind: 'password', username: 'u', password: 'p' } as const;
  const { registry, ports } = await openLoopbackRegistry(options, secret);
  const at = (repository: string) => new RegistryWriter({ registry: registry.host, repository }, ports);
  return { registry, writer: at('team/app'), other: at('team/other') };
}

const methods = ({ log }: LoopbackRegistry) => log.map(({ method, status }) => `${method} ${String(status)}`);

describe('a blob', () => {
  it.each<[string, LoopbackRegistryOptions]>([
    ['with a relative location', {}],
    ['with an absolute one', { location: 'absolute' }],
  ])('goes in one piece, %s', async (_, options) => {
    const { registry, writer } = await open(options);
    expect(await writer.hasBlob(blob)).toBe(false);
    expect(await writer.upload(blob)).toBe(bytes.length);
    expect(registry.blobs.get(blob.digest)).toEqual(bytes);
    expect(await writer.hasBlob(blob)).toBe(true);
    expect(methods(registry)).toEqual(['HEAD 404', 'POST 202', 'PUT 201', 'HEAD 200']);
  });

  it('goes in chunks where it is large, as large as the registry wants them at least', async () => {
    const { registry, writer } = await open();
    const taken: number[] = [];
    expect(await writer.upload(blob, { chunkBytes, onBytes: (count) => taken.push(count) })).toBe(300_000);
    expect(methods(registry)).toEqual(['POST 202', 'PATCH 202', 'PATCH 202', 'PATCH 202', 'PUT 201']);
    expect(taken).toEqual([100_000, 100_000, 100_000]);
    expect(registry.blobs.get(blob.digest)).toEqual(bytes);

    const picky = await open({ minChunkBytes: 200_000 });
    await picky.writer.upload(blob, { chunkBytes });
    expect(methods(picky.registry)).toEqual(['POST 202', 'PATCH 202', 'PATCH 202', 'PUT 201']);
  });

  it.each([['chunks', { chunkBytes }, 150_000 - chunkBytes] as const, ['one piece', {}, 150_000] as const])(
    'is gone on with after a cut (%s)',
    async (_, options, cutAfterBytes) => {
      const { registry, writer } = await open();
      registry.cutAfterBytes = cutAfterBytes;
      await writer.upload(blob, options);
      expect(registry.blobs.get(blob.digest)).toEqual(bytes);
      expect(methods(registry)).toContain('GET 204');
      // One session: nothing was begun again.
      expect(methods(registry).filter((one) => one === 'POST 202')).toHaveLength(1);
    },
  );

  it('is gone on with from where the registry is (416)', async () => {
    const { registry, writer } = await open();
    let isFirst = true;
    registry.misbehave = (request, response) => {
      if (request.method !== 'PATCH' || !isFirst) return false;
      isFirst = false;
      response.writeHead(416, { connection: 'close' }).end();
      return true;
    };
    await writer.upload(blob, { chunkBytes });
    expect(registry.blobs.get(blob.digest)).toEqual(bytes);
  });

  it('is begun again where the registry has lost it, and not for ever', async () => {
    const { registry, writer } = await open();
    let lost = 2;
    registry.misbehave = (request, response, { path }) => {
      if (!path.includes('/uploads/') || request.method === 'POST' || lost-- <= 0) return false;
      response.writeHead(404, { connection: 'close' }).end();
      return true;
    };
    await writer.upload(blob, { chunkBytes });
    expect(registry.blobs.get(blob.digest)).toEqual(bytes);
    lost = 1000;
    registry.log.length = 0;
    await refusal(writer.upload(blobOf(randomBytes(300_000)), { chunkBytes }), TransportError, 'NOT_FOUND');
    expect(registry.log.length).toBeLessThan(20);
  });

  it('is not sent again where only the last answer was lost', async () => {
    const { registry, writer } = await open();
    let isFirst = true;
    registry.misbehave = (request, response) => {
      if (request.method !== 'PUT' || !isFirst) return false;
      isFirst = false;
      // All is done but the answer.
      response.writeHead = () => {
        request.socket.destroy();
        return response;
      };
      return false;
    };
    expect(await writer.upload(blob)).toBe(0);
    expect(methods(registry).filter((one) => one.startsWith('PUT'))).toHaveLength(1);
  });

  it('that is other than its digest is not taken', async () => {
    const { registry, writer } = await open();
    const error = await refusal(
      writer.upload(blobOf(bytes, sha256(Buffer.from('other')) as Digest)),
      TransportError,
      'HTTP_STATUS',
    );
    expect(error.message).toContain('digest_invalid');
    expect(registry.blobs.size).toBe(0);
  });

  it('is mounted from another repository, where the registry does that', async () => {
    const auth = { scheme: 'token', username: 'u', password: 'p' } as const;
    const { registry, writer, other } = await open({ auth });
    await other.upload(blob);
    registry.log.length = 0;
    expect(await writer.mount(blob, 'team/other')).toBe(true);
    expect(await writer.hasBlob(blob)).toBe(true);
    const scopes = registry.log.flatMap(({ path }) =>
      new URL(path, registry.url).searchParams.getAll('scope'),
    );
    expect(scopes.slice(0, 2)).toEqual(['repository:team/app:pull,push', 'repository:team/other:pull']);

    const without = await open({ mounts: false });
    await without.other.upload(blob);
    expect(await without.writer.mount(blob, 'team/other')).toBe(false);
    expect(await without.writer.hasBlob(blob)).toBe(false);
  });
});

describe('a registry that lies is refused', () => {
  const answering = (status: number, headers: Record<string, string>) => async () => {
    const opened = await open();
    opened.registry.misbehave = (request, response) => {
      request.resume();
      response.writeHead(status, headers).end();
      return true;
    };
    return opened.writer;
  };

  it('about a size', async () => {
    const writer = await answering(200, { 'content-length': '12' })();
    await refusal(writer.hasBlob(blob), VerificationError, 'SIZE_MISMATCH');
  });

  it('about a digest', async () => {
    const said = { 'docker-content-digest': sha256(Buffer.from('other')) };
    await refusal((await answering(200, said)()).hasBlob(blob), VerificationError, 'DIGEST_MISMATCH');
    const writer = await answering(201, said)();
    await refusal(writer.putManifest(Buffer.from('{}'), 'x/y'), VerificationError, 'DIGEST_MISMATCH');
  });

  it('or has nothing, where 200 is all that it says', async () => {
    const writer = await answering(200, { 'transfer-encoding': 'chunked' })();
    expect(await writer.hasBlob(blob)).toBe(false);
    expect(await writer.hasManifest(blob.digest)).toBe(false);
    await refusal(writer.upload(blob), TransportError, 'HTTP_STATUS');
    const error = await refusal(writer.putManifest(Buffer.from('{}'), 'x/y'), TransportError, 'HTTP_STATUS');
    expect(error.message).toContain('expected status 201, found 200');

    const said = { 'transfer-encoding': 'chunked', 'docker-content-digest': blob.digest };
    expect(await (await answering(200, said)()).hasBlob(blob)).toBe(true);
    const taken = { 'docker-content-digest': sha256(Buffer.from('{}')) };
    const slow = await answering(202, taken)();
    expect(await slow.putManifest(Buffer.from('{}'), 'x/y')).toEqual({ knowsSubjects: false });
  });

  it('about how much it has', async () => {
    const { registry, writer } = await open();
    registry.misbehave = (request, response) => {
      if (request.method !== 'PATCH') return false;
      request.resume();
      response.writeHead(202, { location: '/v2/team/app/blobs/uploads/x', range: '0-999999999' }).end();
      return true;
    };
    const error = await refusal(writer.upload(blob, { chunkBytes }), TransportError, 'RANGE_MISMATCH');
    expect(error.message).toContain('found 1000000000');
  });

  it('by no place to upload to', async () => {
    await refusal((await answering(202, {})()).upload(blob), TransportError, 'HTTP_STATUS');
  });

  it('by a redirect of what is sent', async () => {
    const writer = await answering(307, { location: '/v2/elsewhere' })();
    await refusal(writer.putManifest(Buffer.from('{}'), 'x/y'), TransportError, 'REDIRECT_REFUSED');
  });
});

it('another host that uploads are sent to is shown no credentials, nor is its signed address told', async () => {
  const auth = { scheme: 'basic', username: 'u', password: 'p' } as const;
  const { registry, writer } = await open({ auth });
  const storage = await startLoopbackRegistry();
  onTestFinished(() => storage.close());
  registry.misbehave = (request, response) => {
    if (request.method !== 'POST' || request.headers.authorization === undefined) return false;
    response.writeHead(202, { location: `${storage.url}/v2/x/blobs/uploads/1?signature=hunter2` }).end();
    return true;
  };
  const error = await refusal(writer.upload(blob), TransportError, 'NOT_FOUND');
  expect(storage.log.length).toBeGreaterThan(0);
  expect(storage.log.every(({ authorization }) => authorization === undefined)).toBe(true);
  expect(`${error.message} ${JSON.stringify(error)}`).not.toContain('hunter2');
});

describe('a manifest', () => {
  it('is put by digest and by tag, and says who knows subjects', async () => {
    for (const referrers of [true, false]) {
      const { registry, writer } = await open({ referrers });
      const plain = Buffer.from('{"schemaVersion":2}');
      expect(await writer.findManifest('1')).toBeUndefined();
      await writer.putManifest(plain, 'application/vnd.oci.image.manifest.v1+json');
      await writer.putManifest(plain, 'application/vnd.oci.image.manifest.v1+json', '1');
      expect(await writer.findManifest('1')).toBe(sha256(plain));
      const about = Buffer.from(`{"subject":{"digest":"${sha256(plain)}","size":19}}`);
      expect(await writer.putManifest(about, 'x/y')).toEqual({ knowsSubjects: referrers });
      expect(registry.repositories.get('team/app')?.tags.get('1')).toBe(sha256(plain));
    }
  });
});
