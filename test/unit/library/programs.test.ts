/** The library's programs, by ports alone: the catalogue, trust, manifests and evidence are values in memory. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { explain, memoryFiles, resolve } from '../../../src/library/resolve.ts';
import {
  createStagingDirectory,
  mirror,
  openMirrorTree,
  openStagedFiles,
  stage,
  verifyStaged,
} from '../../../src/library/stage.ts';
import { parseMirror } from '../../../src/io/http/mirrors.ts';
import { quickFetcher } from '../../support/quick-fetcher.ts';
import { now as at, removeSeed, test, type Rehearsal } from '../../support/rehearsal.ts';

afterAll(removeSeed);

const now = new Date(at);
const trustDir = 'trust';

async function valuesOf({ catalogue, trustDir: trust }: Rehearsal): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>([['catalogue.yaml', await readFile(catalogue)]]);
  for (const name of await readdir(trust)) files.set(`trust/${name}`, await readFile(join(trust, name)));
  return files;
}

async function withUpstream<T>(
  { mirrorArgs }: Rehearsal,
  use: (fetcher: ReturnType<typeof quickFetcher>, directory: string) => Promise<T>,
): Promise<T> {
  const mirrors = mirrorArgs.filter((word) => word !== '--mirror').map((text) => parseMirror(text));
  const fetcher = quickFetcher({ mirrors });
  const directory = await mkdtemp(join(tmpdir(), 'assay-library-'));
  try {
    return await use(fetcher, directory);
  } finally {
    await fetcher.close();
    await rm(directory, { recursive: true });
  }
}

test('resolve, explain, stage, verifyStaged and mirror', async ({ fresh }) => {
  const values = await valuesOf(fresh);
  const files = memoryFiles(values);
  await withUpstream(fresh, async (fetcher, directory) => {
    const asked = { files, catalogue: 'catalogue.yaml', trustDir, fetcher, now } as const;
    const looked = await resolve({ ...asked, write: false });
    expect(looked.failures).toEqual([]);
    expect([...values.keys()].filter((path) => path.endsWith('.json') && !path.startsWith('trust/'))).toEqual(
      [],
    );

    const { manifests, failures, faults } = await resolve(asked);
    expect({ failures, faults }).toEqual({ failures: [], faults: [] });
    expect(manifests.map(({ status }) => status)).toContain('changed');
    const [{ fileName, manifest: parsed } = { fileName: '', manifest: undefined }] = manifests;
    expect(parsed).toBeDefined();
    const manifest = values.get(`./${fileName}`) ?? new Uint8Array();

    const explained = await explain({ files, manifest: `./${fileName}`, trustDir, now });
    expect(new Set(explained.map(({ verdict }) => verdict)).has('refused')).toBe(false);
    expect(explained.some(({ verdict, chain }) => verdict === 'verified' && chain !== undefined)).toBe(true);

    const staged = join(directory, 'staged');
    const place = await createStagingDirectory(staged);
    const result = await stage({ manifest, directory: place, fetcher });
    await place.close();
    expect(result.failures).toEqual([]);
    expect(result.staged.length).toBeGreaterThan(0);
    const seen = await openStagedFiles(staged);
    expect(new Set((await verifyStaged(manifest, seen)).map(({ status }) => status))).toEqual(
      new Set(['right']),
    );
    await seen.close();

    const tree = await openMirrorTree(join(directory, 'mirror'));
    const mirrored = await mirror({ manifests: [{ file: fileName, bytes: manifest }], tree, fetcher });
    await tree.close();
    expect(mirrored.failures).toEqual([]);
    expect(mirrored.manifests).toMatchObject([{ status: 'written' }]);
  });
});

test('what does not hold is refused, and nothing of it is written', async ({ fresh }) => {
  const values = await valuesOf(fresh);
  const files = memoryFiles(values);
  await withUpstream(fresh, async (fetcher, directory) => {
    const asked = { files, catalogue: 'catalogue.yaml', trustDir, fetcher, now } as const;
    const [{ fileName } = { fileName: '' }] = (await resolve(asked)).manifests;
    const path = `./${fileName}`;
    const text = Buffer.from(values.get(path) ?? '').toString();

    values.set(path, Buffer.from(text.replaceAll(/("digest": "sha256:)[0-9a-f]{8}/g, '$100000000')));
    const explained = await explain({ files, manifest: path, trustDir, now });
    expect(explained.map(({ verdict }) => verdict)).toContain('refused');
    expect(explained.find(({ verdict }) => verdict === 'refused')?.refusal).toMatchObject({
      code: expect.any(String) as string,
    });
    await expect(explain({ files, manifest: path, trustDir, now, names: ['nobody'] })).rejects.toMatchObject({
      code: 'USAGE',
    });

    const place = await createStagingDirectory(join(directory, 'staged'));
    const { staged, failures } = await stage({
      manifest: values.get(path) ?? new Uint8Array(),
      directory: place,
      fetcher,
    });
    await place.close();
    expect(staged).toEqual([]);
    expect(failures.map(({ error }) => error.code)).toContain('DIGEST_MISMATCH');
    expect(await readdir(join(directory, 'staged'))).not.toContainEqual(expect.stringMatching(/\.deb$/));
  });
});
