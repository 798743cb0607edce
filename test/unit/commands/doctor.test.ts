/** What doctor finds, against a server on loopback and an environment of the test's own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkClock } from '../../../src/commands/doctor-network.ts';
import { doctorSchema, type Check } from '../../../src/formats/own/documents/machine.ts';
import { enterPrivateDirectory } from '../../../src/io/private-directory.ts';
import { renderChecks } from '../../../src/render/check-list.ts';
import { tooWide } from '../../support/json-documents.ts';
import { runInProcess } from '../../support/command-in-process.ts';

const directory = mkdtempSync(join(tmpdir(), 'assay-doctor-'));
const now = new Date('2026-11-20T12:00:00Z');
const token = 'ghp_thisIsTheSecret0123456789';
const quota = (remaining: number) => ({
  resources: { core: { limit: 5000, remaining, reset: 1_795_176_000 } },
});

/** What GitHub says, each test its own. */
let answer: { status?: number; date?: string; body?: string } = {};
const seen: string[] = [];
let server: Server;
let mirror: string[];

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request.headers.authorization ?? 'none');
    response.sendDate = false;
    response.writeHead(answer.status ?? 200, {
      ...{ 'content-type': 'application/json', date: answer.date ?? now.toUTCString() },
    });
    response.end(request.method === 'HEAD' ? undefined : (answer.body ?? JSON.stringify(quota(4999))));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  mirror = ['--mirror', `https://api.github.com=http://127.0.0.1:${String(port)}`];
});
afterEach(() => {
  answer = {};
  seen.length = 0;
});
afterAll(() => {
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

interface Seen {
  readonly exitCode: number;
  readonly text: string;
  readonly checks: Readonly<Record<string, Check>>;
}

async function doctor(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Seen> {
  const all = ['doctor', '--json', '--cache-dir', join(directory, 'cache'), '--dir', directory, ...args];
  const path = { PATH: process.env['PATH'] ?? '', HOME: directory };
  const { exitCode, stdout, stderr } = await runInProcess(all, { env: { ...path, ...env }, now });
  const { schema, ...document } = JSON.parse(stdout) as { schema: string };
  expect(schema).toBe('assay/doctor/v1');
  const { checks, exitCode: told } = doctorSchema.parse(document);
  expect(told).toBe(exitCode);
  return {
    exitCode,
    text: stdout + stderr,
    checks: Object.fromEntries(checks.map((one) => [one.name, one])),
  };
}

describe('doctor', () => {
  it('finds nothing wrong here, and tells time and quota', async () => {
    const { exitCode, checks } = await doctor(mirror);
    expect(exitCode).toBe(0);
    expect(checks['network']?.verdict).toBe('ok');
    expect(checks['clock']).toMatchObject({ verdict: 'ok', facts: { offSeconds: 0 } });
    expect(checks['token']).toMatchObject({
      facts: { limit: 5000, remaining: 4999, resets: '2026-11-20T12:00:00.000Z' },
    });
    expect(checks['anchors']?.verdict).toBe('ok');
    expect(checks['catalogue']?.found).toMatch(/^manifests\/catalogue\.yaml, [0-9]+ entries$/);
  });

  it.each([
    ['a quota that is used up', { body: JSON.stringify(quota(0)) }, 'token', 'note', '0 of 5000'],
    ['what is no quota', { body: '{"resources":{"core":{"limit":"x"}}}' }, 'token', 'note', 'no quota'],
    ['what is no JSON', { body: '<html>' }, 'token', 'note', 'no quota'],
    ['a server that fails', { status: 503 }, 'network', 'note', '503'],
    ['a token that is not taken', { status: 401 }, 'token', 'wrong', 'does not take'],
    [
      'a clock that is behind',
      { date: 'Sat, 21 Nov 2026 12:00:00 GMT' },
      'clock',
      'wrong',
      '1440 minutes behind',
    ],
    [
      'a clock that is ahead',
      { date: 'Fri, 20 Nov 2026 11:00:00 GMT' },
      'clock',
      'wrong',
      '60 minutes ahead',
    ],
    ['a date that is none', { date: 'yesterday' }, 'clock', 'ok', '2026'],
  ] as const)('%s', async (_, given, name, verdict, found) => {
    answer = given;
    const { exitCode, checks } = await doctor(mirror, { GITHUB_TOKEN: token });
    expect(checks[name]).toMatchObject({ verdict });
    expect(checks[name]?.found).toContain(found);
    expect(exitCode).toBe(verdict === 'wrong' ? 2 : 0);
  });

  it('never prints the token, and names where it is', async () => {
    const { checks, text } = await doctor([...mirror, '--verbose'], {
      GITHUB_TOKEN: ' ',
      GH_TOKEN: `${token}\n`,
    });
    expect(checks['token']?.found).toContain('a token in GH_TOKEN');
    expect(text).not.toContain(token.slice(4));
  });

  it('tells of a network that is not there, which is no error', async () => {
    const { exitCode, checks } = await doctor(['--mirror', 'https://api.github.com=http://127.0.0.1:1']);
    expect(exitCode).toBe(0);
    expect(checks['network']?.verdict).toBe('note');
    expect(checks['token']?.found).toContain('GitHub was not asked');
  });

  it('asks nobody where it is told so', async () => {
    const { exitCode, checks } = await doctor([...mirror, '--offline']);
    expect({ exitCode, seen }).toEqual({ exitCode: 0, seen: [] });
    expect(checks['network']).toBeUndefined();
  });

  it.each([
    ['proxy', { https_proxy: 'socks5://user:geheim@127.0.0.1:1' }, 'wrong'],
    ['proxy', { all_proxy: 'ftp://127.0.0.1' }, 'wrong'],
    ['certificates', { NODE_EXTRA_CA_CERTS: '/no/such/file' }, 'wrong'],
    ['certificates', { SSL_CERT_FILE: '/etc/hosts' }, 'note'],
    ['node', { NODE_TLS_REJECT_UNAUTHORIZED: '0' }, 'wrong'],
    ['lock', { PATH: '/no/such/folder' }, process.platform === 'linux' ? 'wrong' : 'ok'],
    ['tool git', { PATH: '/no/such/folder' }, 'note'],
  ] as const)('%s by %j', async (name, env, verdict) => {
    const { exitCode, checks, text } = await doctor(['--offline'], env);
    expect(checks[name]).toMatchObject({ verdict, meaning: expect.stringMatching(/./) as string });
    expect(exitCode).toBe(Object.values(checks).some((one) => one.verdict === 'wrong') ? 2 : 0);
    expect(text).not.toContain('geheim');
  });

  it('takes a folder for no program', async () => {
    mkdirSync(join(directory, 'bin/cosign'), { recursive: true });
    const { checks } = await doctor(['--offline'], { PATH: join(directory, 'bin') });
    expect(checks['tool cosign']?.verdict).toBe('note');
  });

  it.each([
    ['no anchors where they are named', ['--trust-dir', 'no-such-directory'], 'anchors', 'does not exist'],
    [
      'no catalogue where it is named',
      ['--catalogue', 'no-such-file'],
      'catalogue',
      'there is no no-such-file',
    ],
  ])('%s', async (_, args, name, found) => {
    const { exitCode, checks } = await doctor(['--offline', ...args]);
    expect(exitCode).toBe(2);
    expect(checks[name]).toMatchObject({ verdict: 'wrong' });
    expect(checks[name]?.found).toContain(found);
  });

  it('says what a catalogue and a key are that are not right', async () => {
    const trust = join(directory, 'trust');
    mkdirSync(trust);
    const pin = 'type: cosign-key, file: x.pub, scope: ["https://x.example"], digest: "sha256:00", learnt: x';
    writeFileSync(join(trust, 'pins.yaml'), `version: 1\nanchors: { x: { ${pin} } }\n`);
    writeFileSync(join(directory, 'catalogue.yaml'), 'version: 1\nkindz: [knd]\n');
    const { exitCode, checks } = await doctor([
      '--offline',
      '--trust-dir',
      trust,
      '--catalogue',
      join(directory, 'catalogue.yaml'),
    ]);
    expect(exitCode).toBe(2);
    expect(checks['anchors']?.verdict).toBe('wrong');
    expect(checks['catalogue']?.verdict).toBe('wrong');
  });

  it('counts the cache, and says what it means where none can be written', async () => {
    mkdirSync(join(directory, 'cache/blobs'), { recursive: true });
    writeFileSync(join(directory, 'cache/blobs/x'), 'x'.repeat(1000));
    expect((await doctor(['--offline'])).checks['cache']?.facts).toMatchObject({ files: 1, sizeBytes: 1000 });
    const { checks, exitCode } = await doctor(['--offline', '--cache-dir', '/dev/null/cache']);
    expect(checks['cache']).toMatchObject({ verdict: 'note' });
    expect(checks['cache']?.meaning).toContain('fetches everything again');
    expect(exitCode).toBe(0);
  });
});

describe.runIf(process.platform === 'linux')('doctor on Linux', () => {
  it('names who holds the lock of a directory', async () => {
    const lock = async () => (await doctor(['--offline'])).checks['lock'];
    const held = await enterPrivateDirectory(directory, { timeoutMs: 0 });
    try {
      expect(await lock()).toMatchObject({ verdict: 'note', facts: { pid: process.pid } });
    } finally {
      await held.release();
    }
    expect((await lock())?.verdict).toBe('ok');
  });
});

describe('checkClock', () => {
  it('is wrong before the newest anchor was made, whatever a server says', () => {
    const check = checkClock(now, new Date('2026-11-20T12:00:01Z'), now);
    expect(check).toMatchObject({
      verdict: 'wrong',
      found: expect.stringContaining('before 2026-11-20') as string,
    });
  });
});

describe('renderChecks', () => {
  it.each([40, 80, 200])('fits %i columns', (width) => {
    const checks: readonly Check[] = [
      {
        name: 'cache',
        verdict: 'ok',
        found: `/home/somebody/${'with-a-long-name/'.repeat(8)}assay`,
        meaning: 'word '.repeat(60).trim(),
      },
    ];
    expect(tooWide(renderChecks(checks, width), width)).toEqual([]);
  });
});
