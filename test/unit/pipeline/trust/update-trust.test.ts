/** A run of `update-trust` that ends between two writes: what is left is refused or right, and the next run mends it. */
import type { PrivateKey } from 'openpgp';
import { afterAll, describe, expect, it } from 'vitest';
import { VerificationError } from '../../../../src/model/errors.ts';
import type { FileStore } from '../../../../src/model/ports.ts';
import { readTrust } from '../../../../src/pipeline/trust/anchors.ts';
import { checkTrust } from '../../../../src/pipeline/trust/check-trust.ts';
import { updateTrust } from '../../../../src/pipeline/trust/update-trust.ts';
import { body, startFaultServer } from '../../../support/fault-server.ts';
import { makeKey, publicKeyFile } from '../../../support/openpgp.ts';
import { quickFetcher } from '../../../support/quick-fetcher.ts';

const now = new Date('2026-11-20T12:00:00Z');
const pin = (key: PrivateKey) => key.getFingerprint().toUpperCase();
const [old, young] = [await makeKey({ name: 'old' }), await makeKey({ name: 'young' })];

const server = await startFaultServer();
server.on('/a.asc', body(publicKeyFile(young)));
const fetcher = quickFetcher({ mirrors: [{ origin: 'https://keys.example', url: server.origin }] });
afterAll(async () => {
  await fetcher.close();
  await server.close();
});

const pins = `version: 1
anchors:
  a:
    type: openpgp
    file: a.asc
    scope: [https://deb.example]
    sources: [https://keys.example/a.asc]
    fingerprints:
      # who signs releases
      - ${pin(old)} # old
    learnt: made by this test
`;

/** A trust directory in memory; the process dies after so many writes. */
function trustDir(writes = Infinity): {
  files: Map<string, Uint8Array>;
  store: (left?: number) => FileStore;
} {
  const files = new Map<string, Uint8Array>([
    ['trust/pins.yaml', Buffer.from(pins)],
    ['trust/a.asc', publicKeyFile(old)],
    ['trust/PROVENANCE.md', Buffer.from('| anchor | file | sha256 of the file |\n| --- | --- | --- |\n')],
  ]);
  const store = (left = writes): FileStore => ({
    read: (path) => Promise.resolve(files.get(path)),
    replaceAll: (replacements) => {
      for (const [at, { path, bytes }] of replacements.entries()) {
        if (at === left) return Promise.reject(new Error('killed'));
        files.set(path, bytes);
      }
      return Promise.resolve();
    },
  });
  return { files, store };
}

async function accept(files: FileStore) {
  const accepted = [pin(old), pin(young)];
  return updateTrust({
    trust: await readTrust('trust', files),
    files,
    fetcher,
    now,
    only: undefined,
    accept: accepted,
    write: true,
  });
}

describe('updateTrust, killed between two writes', () => {
  it.each([0, 1, 2])(
    '%i files written: refused or good, and mended by the same run again',
    async (written) => {
      const { files, store } = trustDir();
      await expect(accept(store(written))).rejects.toThrow('killed');
      const [report] = await checkTrust(await readTrust('trust', store()), now);
      if (report?.status === 'refused') expect(report.error).toBeInstanceOf(VerificationError);
      else expect([report?.status, written]).toEqual(['unchanged', 0]);

      expect((await accept(store())).changed).not.toEqual([]);
      expect(await checkTrust(await readTrust('trust', store()), now)).toMatchObject([
        { status: 'unchanged' },
      ]);
      const text = Buffer.from(files.get('trust/pins.yaml') ?? []).toString();
      expect(text).toBe(pins.replace(`- ${pin(old)} # old`, `- ${pin(young)}`));
    },
  );

  it('writes the pin last, so that no pin is ever without its key', async () => {
    const { store } = trustDir();
    const { changed } = await accept(store());
    expect(changed).toEqual(['trust/a.asc', 'trust/PROVENANCE.md', 'trust/pins.yaml']);
  });
});
