/** The rendered fetch script with a second mirror, and with an authority of its own: who is asked, and who is not. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTlsAuthority } from '../../scripts/upstream/tls-authority.ts';
import {
  defaultFetchOptions,
  renderFetchScript,
  type FetchOptions,
} from '../../src/render/fetch-script/fetch-script.ts';
import * as server from '../support/fault-server.ts';
import { inTurn, posixShells, type PosixShell } from '../support/posix-shells.ts';
import { runProgram } from '../support/run-assay.ts';

const authority = createTlsAuthority();
const bytes = Buffer.alloc(70_000, 'a kubelet ');
const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}` as const;
const names = ['kubelet', 'kubectl', 'kubeadm'];

let work: string;
let servers: Record<'first' | 'second' | 'secure' | 'other', server.FaultServer>;
/** Whom the VM trusts, where a test says so: whose certificate the other server has. */
let strangers: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'assay-fallback-'));
  servers = {
    first: await server.startFaultServer(),
    second: await server.startFaultServer(),
    secure: await server.startFaultServer({ tls: true }),
    other: await server.startFaultServer({ tls: authority.issue(['127.0.0.1']) }),
  };
  strangers = join(work, 'strangers.pem');
  await writeFile(strangers, authority.certificate);
  for (const name of names) {
    servers.other.on(`/all/${name}`, server.file(bytes, { etag: '"1"' }));
    servers.second.on(`/all/${name}`, server.file(bytes, { etag: '"1"' }));
    servers.secure.on(`/all/${name}`, server.file(bytes, { etag: '"1"' }));
  }
});
afterAll(async () => {
  await Promise.all(Object.values(servers).map((one) => one.close()));
  await rm(work, { recursive: true });
});

let runs = 0;

interface FetchRun {
  readonly only?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** `bases`: of the servers, in their order; a folder of its own for each test, so that requests can be told apart. */
async function fetch(
  shell: PosixShell,
  bases: readonly string[],
  { only = names.slice(0, 1), env, ...options }: Partial<FetchOptions> & FetchRun = {},
) {
  const directory = join(work, `run-${(runs += 1)}`);
  const items = only.map((name) => {
    const [url = '', ...otherUrls] = bases.map((base) => `${base}/${name}`);
    return { name, url, otherUrls, digest, sizeBytes: bytes.length };
  });
  const quick = { attempts: 2, retryPauseMs: 0, stallTimeoutMs: 60_000, allowsHttp: true };
  const paths = { directory, installedFile: join(work, 'installed') };
  const script = `${directory}.sh`;
  const text = renderFetchScript(items, { ...defaultFetchOptions, ...quick, ...paths, ...options }, 'two');
  await writeFile(script, text);
  const [program, ...args] = shell.argv;
  const { exitCode, stderr } = await runProgram(program, [...args, script], env === undefined ? {} : { env });
  const staged = await readdir(directory).catch(() => []);
  for (const name of staged) expect(await readFile(join(directory, name))).toEqual(bytes);
  return { exitCode, stderr, staged };
}

const asked = (one: server.FaultServer, path: string) =>
  one.requests.filter(({ path: seen }) => seen.startsWith(path));

for (const shell of posixShells) {
  describe.concurrent(`a second mirror, under ${shell.name}`, () => {
    const own = inTurn(test, shell);
    const at = (name: string) => `/${shell.name.replace(' ', '-')}/${name}`;
    const answerFirst = (name: string, behaviour: server.Behaviour) => {
      for (const file of names) servers.first.on(`${at(name)}/${file}`, behaviour);
      return [servers.first.origin + at(name), `${servers.second.origin}/all`];
    };

    own.for<[string, server.Behaviour, number]>([
      ['does not have it', server.status(404), 1],
      ['is out of order', server.status(503), 2],
      ['wants a password', server.status(401), 1],
      ['cuts it, each time', server.truncated(bytes, 100), 2],
    ])('is asked where the first %s', async ([name, behaviour, requests], { expect }) => {
      const bases = answerFirst(name.replaceAll(/[ ,]/g, '-'), behaviour);
      const { exitCode, stderr, staged } = await fetch(shell, bases);
      expect({ exitCode, staged }, stderr).toEqual({ exitCode: 0, staged: ['kubelet'] });
      expect(stderr).toContain(`assay-fetch: kubelet: asking ${servers.second.origin}/all/kubelet\n`);
      expect(asked(servers.first, at(name.replaceAll(/[ ,]/g, '-')))).toHaveLength(requests);
    });

    own.for<[string, server.Behaviour]>([
      ['other bytes', server.body(Buffer.alloc(bytes.length, 'other'))],
      ['too many', server.body(Buffer.concat([bytes, bytes]))],
      ['too few', server.body('few')],
    ])('is not asked where the first sends %s', async ([name, behaviour], { expect }) => {
      const bases = answerFirst(name.replace(' ', '-'), behaviour);
      const other = at(name.replace(' ', '-'));
      const { exitCode, stderr, staged } = await fetch(shell, [bases[0]!, servers.second.origin + other]);
      expect({ exitCode, staged }, stderr).toEqual({ exitCode: 5, staged: [] });
      expect(asked(servers.second, other)).toEqual([]);
    });

    own('is believed as little as the first', async ({ expect }) => {
      const bases = answerFirst('liar', server.status(404));
      servers.second.on(`${at('liar')}/kubelet`, server.body(Buffer.alloc(bytes.length, 'other')));
      const { exitCode, staged } = await fetch(shell, [bases[0]!, servers.second.origin + at('liar')]);
      expect({ exitCode, staged }).toEqual({ exitCode: 5, staged: [] });
    });

    own('is no help where it is out of order too', async ({ expect }) => {
      const bases = answerFirst('both', server.status(404));
      const { exitCode, stderr } = await fetch(shell, [bases[0]!, servers.second.origin + at('none')]);
      expect(exitCode).toBe(4);
      expect(stderr).toContain(`${servers.second.origin}${at('none')}/kubelet`);
    });

    own('a first one that is not there is asked once for each further file', async ({ expect }) => {
      const bases = answerFirst('gone', server.hungUp());
      const { exitCode, stderr, staged } = await fetch(shell, bases, { only: names, jobs: 1, attempts: 3 });
      expect({ exitCode, staged: staged.length }, stderr).toEqual({ exitCode: 0, staged: 3 });
      expect(asked(servers.first, at('gone'))).toHaveLength(3 + 1 + 1);
    });

    own('an authority of their own vouches for the mirrors, and no other does', async ({ expect }) => {
      const base = `${servers.secure.origin}/all`;
      const vouched = { mirrorCa: server.loopbackCertificate, mirrors: [base] };
      const right = await fetch(shell, [base], vouched);
      expect(right, right.stderr).toMatchObject({ exitCode: 0, staged: ['kubelet'] });
      const none = await fetch(shell, [base]);
      expect(none.exitCode).toBe(4);
      expect(none.stderr).toMatch(/curl: \(60\)/);
      // Nor in place of whom the VM trusts besides.
      const env = { CURL_CA_BUNDLE: strangers };
      expect((await fetch(shell, [base], { ...vouched, env })).exitCode).toBe(0);
    });

    // What is not on a mirror, as a tarball of vmconfig's from its publisher.
    own('it vouches for no other host, also where that has a certificate by it', async ({ expect }) => {
      const base = `${servers.secure.origin}/all`;
      const vouched = { mirrorCa: server.loopbackCertificate, mirrors: ['https://127.0.0.1'] };
      for (const mirrors of [[], ['https://127.0.0.1'], [servers.secure.origin.slice(0, -1)]]) {
        const { exitCode, stderr } = await fetch(shell, [base], { ...vouched, mirrors });
        expect({ mirrors, exitCode }, stderr).toEqual({ mirrors, exitCode: 4 });
        expect(stderr).toMatch(/curl: \(60\)/);
      }
      // By whom the VM trusts: beside a mirror that is not there, and after it.
      const other = `${servers.other.origin}/all`;
      const env = { CURL_CA_BUNDLE: strangers };
      for (const bases of [[other], ['https://127.0.0.1:1', other]]) {
        const mirrors = ['https://127.0.0.1:1'];
        const right = await fetch(shell, bases, { ...vouched, mirrors, env, attempts: 1 });
        expect(right, right.stderr).toMatchObject({ exitCode: 0, staged: ['kubelet'] });
      }
    });
  });
}
