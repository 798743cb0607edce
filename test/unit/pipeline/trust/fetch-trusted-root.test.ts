/** The update over loopback: what is fetched, what is remembered, and where it starts. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getTrustedRoot } from '@sigstore/tuf';
import { afterEach, describe, expect, it } from 'vitest';
import { refuse } from '../../../../scripts/upstream/behaviours.ts';
import { startUpstreamServer, type UpstreamServer } from '../../../../scripts/upstream/server.ts';
import { tufHost, type TufRepository } from '../../../../scripts/upstream/tuf-repository.ts';
import type { TufVersions } from '../../../../src/formats/own/tuf-versions.ts';
import { VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import { fetchTrustedRoot } from '../../../../src/pipeline/trust/fetch-trusted-root.ts';
import { quickFetcher } from '../../../support/quick-fetcher.ts';
import { refusal } from '../../../support/refusals.ts';
import { digestOf } from '../../../support/throwaway-sigstore.ts';
import {
  pinOf,
  dayMs,
  fileOf,
  hashedName,
  keys,
  mirrorsTo,
  newKeys,
  now,
  repository,
  rootOf,
  strangers,
  target,
  update,
  type Asked,
} from '../../../support/tuf-rehearsal.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

const first = repository();
const seen: TufVersions = { root: 1, timestamp: 30, snapshot: 20, targets: 10 };
const versions = { timestamp: 30, snapshot: 20, targets: 10 };

async function refused(code: ErrorCode, published: TufRepository, asked?: Asked): Promise<void> {
  await refusal(update(published, asked), VerificationError, code);
}

describe('fetchTrustedRoot', () => {
  it('fetches the target under the digest that the targets role signs', async () => {
    const fetched = await update(first);
    expect(Buffer.from(fetched.bytes)).toEqual(target.bytes);
    expect(fetched).toMatchObject({
      digest: digestOf(target.bytes),
      knownRoot: { version: 1, threshold: 2, keyIds: keys.root.map(({ id }) => id) },
      rootVersions: [],
      versions: { root: 1, timestamp: 1, snapshot: 1, targets: 1 },
    });
    expect(fetched.asked).toEqual([
      '2.root.json',
      'timestamp.json',
      '1.snapshot.json',
      '1.targets.json',
      hashedName,
    ]);
  });

  it("is the public client's verdict as well", async () => {
    const published = repository({ now: new Date(), generations: [keys, newKeys] });
    const server = await startUpstreamServer({ files: published.files });
    closing.push(() => server.close());
    const directory = await mkdtemp(join(tmpdir(), 'assay-tuf-'));
    closing.push(() => rm(directory, { recursive: true }));
    await writeFile(join(directory, 'root.json'), rootOf(published.roots, 1));
    const theirs = await getTrustedRoot({
      mirrorURL: `${server.url}/${tufHost}`,
      cachePath: join(directory, 'cache'),
      rootPath: join(directory, 'root.json'),
      forceInit: true,
      retry: 0,
      timeout: 30_000,
    });
    expect(theirs.tlogs).toHaveLength(2);
  });

  it('follows a rotation of all keys, root by root, and reports the chain', async () => {
    const published = repository({ generations: [keys, keys, newKeys] });
    const fetched = await update(published);
    expect(fetched.rootVersions.map(({ version, digest, keyIds }) => ({ version, digest, keyIds }))).toEqual([
      { version: 2, digest: digestOf(rootOf(published.roots, 2)), keyIds: keys.root.map(({ id }) => id) },
      { version: 3, digest: digestOf(rootOf(published.roots, 3)), keyIds: newKeys.root.map(({ id }) => id) },
    ]);
    expect(fetched.versions.root).toBe(3);
    expect(Buffer.from(fetched.rootVersions[1]!.bytes)).toEqual(Buffer.from(rootOf(published.roots, 3)));
  });

  it('starts from a pinned root that has expired, by way of one that has as well', async () => {
    const past = new Date(now.getTime() - dayMs).toISOString().replace('.000', '');
    const published = repository({
      generations: [keys, keys, newKeys],
      edit: {
        root: (root) => {
          if (root.version < 3) root.expires = past;
        },
      },
    });
    expect((await update(published)).versions.root).toBe(3);
    await refused('METADATA_EXPIRED', published, { overrides: { '3.root.json': refuse(404) } });
  });

  it('takes the versions that were seen last, and later ones', async () => {
    expect((await update(repository({ versions }), { seen })).versions).toEqual(seen);
    const later = { timestamp: 31, snapshot: 21, targets: 11 };
    expect((await update(repository({ versions: later }), { seen })).versions).toEqual({ root: 1, ...later });
  });

  it('asks the next source where one does not answer, and none after a refusal', async () => {
    const server = await startUpstreamServer({ files: first.files });
    closing.push(() => server.close());
    const other = 'https://tuf.example';
    const fetcher = quickFetcher({
      mirrors: [{ origin: other, url: `${server.url}/nothing` }, ...mirrorsTo(server)],
    });
    closing.push(() => fetcher.close());
    const pin = { ...pinOf(first), sources: [other, `https://${tufHost}`] };
    const input = { pin, pinnedRoot: rootOf(first.roots, 1), keptRoots: [], seen: undefined, fetcher, now };
    expect((await fetchTrustedRoot(input)).digest).toBe(digestOf(target.bytes));

    server.override('nothing/timestamp.json', (_request, response) => {
      response.end(fileOf(repository({ signers: { timestamp: strangers.timestamp } }), 'timestamp.json'));
    });
    await refusal(fetchTrustedRoot(input), VerificationError, 'SIGNATURE_INVALID');
  });
});

describe('before anything is fetched', () => {
  const { root, ...rest } = pinOf(first);

  it.each([
    ['a root with one byte more', { pinnedRoot: Buffer.concat([rootOf(first.roots, 1), Buffer.from(' ')]) }],
    ['a root of another version', { pin: { ...rest, root: { ...root, version: 2 } } }],
    ['a root of another digest', { pin: { ...rest, root: { ...root, digest: digestOf(Buffer.alloc(0)) } } }],
  ])('refuses %s than is pinned', async (_, asked) => {
    let server: UpstreamServer | undefined;
    const run = update(first, asked, (opened) => (server = opened));
    await refusal(run, VerificationError, 'PIN_MISMATCH');
    expect(server?.log).toEqual([]);
  });

  it('refuses a pinned root that is not signed by its own keys', async () => {
    const forged = repository({ signers: { root: strangers.root } });
    await refused('SIGNATURE_INVALID', forged);
  });
});

/** The specification, 5.3.11. */
describe('a rotation after a compromise', () => {
  const far = 2 ** 40;

  it.each(['timestamp', 'snapshot', 'targets'] as const)(
    'forgets a %s version far ahead, where the keys of snapshot or timestamp were replaced',
    async (ahead) => {
      const asked = { seen: { ...seen, [ahead]: far } };
      await refused('METADATA_ROLLBACK', repository({ versions }), asked);
      await refused('METADATA_ROLLBACK', repository({ versions, generations: [keys, keys] }), asked);
      for (const role of ['timestamp', 'snapshot'] as const) {
        const rotated = { ...keys, [role]: newKeys[role] };
        const published = repository({ versions, generations: [keys, rotated] });
        expect((await update(published, asked)).versions).toMatchObject(versions);
        // Also where a later root has the old keys again: what they signed meanwhile counts for nothing.
        const back = repository({ versions, generations: [keys, rotated, keys] });
        expect((await update(back, asked)).versions).toMatchObject(versions);
      }
    },
  );

  it('forgets nothing for other keys of the root or of the targets', async () => {
    for (const role of ['root', 'targets'] as const) {
      const rotated = { ...keys, [role]: newKeys[role] };
      const published = repository({ versions: { ...versions, targets: 9 }, generations: [keys, rotated] });
      await refused('METADATA_ROLLBACK', published, { seen });
    }
  });

  it('forgets nothing for another threshold', async () => {
    const published = repository({
      versions: { ...versions, targets: 9 },
      generations: [keys, keys],
      edit: {
        root: ({ version, roles }) => {
          if (version === 2) roles['targets']!.threshold = 1;
        },
      },
    });
    await refused('METADATA_ROLLBACK', published, { seen });
  });
});
