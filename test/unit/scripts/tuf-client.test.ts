/** assay as tuf-conformance starts it: what it accepts is where the suite looks for it, and what it refuses is not. */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runTufClient } from '../../../scripts/conformance/tuf-client.ts';
import { startUpstreamServer, type UpstreamServer } from '../../../scripts/upstream/server.ts';
import { buildTufRepository, generateTufKeys, tufHost } from '../../../scripts/upstream/tuf-repository.ts';

const keys = generateTufKeys();
const target = { name: 'file.txt', bytes: Buffer.from('the bytes of a target\n') };
const folder = mkdtempSync(join(tmpdir(), 'assay-tuf-client-'));
const at = (name: string) => join(folder, name);
const files = new Map<string, Uint8Array>();
let server: UpstreamServer;

function publish(options: Partial<Parameters<typeof buildTufRepository>[0]> = {}) {
  const published = buildTufRepository({ now: new Date(), generations: [keys], target, ...options });
  files.clear();
  for (const [path, bytes] of published.files) files.set(path, bytes);
  return published;
}

function run(...args: readonly string[]): Promise<number> {
  const url = `${server.url}/${tufHost}`;
  return runTufClient([
    ...['--metadata-dir', at('metadata'), '--metadata-url', `${url}/`],
    ...['--target-dir', at('targets'), '--target-base-url', `${url}/targets/`, ...args],
  ]);
}

beforeAll(async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  server = await startUpstreamServer({ files });
  for (const name of ['metadata', 'targets']) mkdirSync(at(name));
  writeFileSync(at('initial.json'), publish().roots[0]!);
});

afterAll(async () => {
  vi.restoreAllMocks();
  await server.close();
  rmSync(folder, { recursive: true });
});

it('says what it trusts, file by file', async () => {
  const trusted = () => readdirSync(at('metadata')).filter((name) => name.endsWith('.json'));
  expect(await run('init', at('initial.json'))).toBe(0);
  expect(trusted()).toEqual(['root.json']);

  publish({ signers: { snapshot: [] } });
  expect(await run('refresh')).toBe(1);
  expect(trusted()).toEqual(['root.json', 'timestamp.json']);

  publish();
  expect(await run('refresh')).toBe(0);
  expect(trusted()).toEqual(['root.json', 'snapshot.json', 'targets.json', 'timestamp.json']);

  expect(await run('--target-name', 'other.txt', 'download')).toBe(1);
  expect(await run('--target-name', target.name, 'download')).toBe(0);
  expect(readFileSync(join(at('targets'), target.name))).toEqual(target.bytes);

  // An older version than was seen, which no fresh client would know.
  publish({ versions: { timestamp: 9, snapshot: 9, targets: 9 } });
  expect(await run('refresh')).toBe(0);
  publish({ versions: { timestamp: 9, snapshot: 8, targets: 9 } });
  expect(await run('refresh')).toBe(1);
});

it('does not call a mistake of its own a refusal', async () => {
  await expect(run('init', at('nothing.json'))).rejects.toThrow('ENOENT');
});
