/** Rendered user-data: what it waits for, and what it fetches through. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { access, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { describe, expect, test as base } from 'vitest';
import { defaultFetchOptions } from '../../src/render/fetch-script/fetch-script.ts';
import { parseUserDataValues } from '../../src/render/user-data-values.ts';
import { startFaultServer } from '../support/fault-server.ts';
import { openFirstBoot, type FirstBoot } from '../support/first-boot.ts';
import { hasProgram, inTurn, posixShells } from '../support/posix-shells.ts';
import { runProgram, type Outcome } from '../support/run-assay.ts';

const test = base.extend<{ boot: FirstBoot }>({
  boot: async ({}, use) => {
    const boot = await openFirstBoot();
    await use(boot);
    await boot.close();
  },
});

function expectExit(outcome: Outcome, exitCode: number): Outcome {
  expect(outcome.exitCode, outcome.stderr).toBe(exitCode);
  return outcome;
}

async function listen(port: number) {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return {
    connections: () => connections,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** One that nobody listens on, nor is given: below those that systems give out. */
async function freePort(): Promise<number> {
  const port = randomInt(20_000, 30_000);
  return listen(port).then(
    async ({ close }) => {
      await close();
      return port;
    },
    () => freePort(),
  );
}

for (const shell of posixShells) {
  describe.concurrent(`user-data under ${shell.name}`, () => {
    const own = inTurn(test, shell);
    own('waits for a port, until there is one', async ({ boot, expect }) => {
      const port = await freePort();
      const registration = { url: `tcp://127.0.0.1:${port}` };
      const { stdout: bash } = await runProgram('sh', ['-c', 'command -v bash']);
      await boot.standIn('bash', `echo "$@" >>'${boot.at('tries')}'\nexec '${bash.trim()}' "$@"`);
      const run = await boot.start(shell, { registration });
      const tries = () => readFile(boot.at('tries'), 'utf8').catch(() => '');
      await expect.poll(tries).toMatch(/(?:-c.*dev\/tcp[^]*){3}/);
      const later = await listen(port);
      expect(await run.exitCode, run.said()).toBe(0);
      expect(later.connections()).toBe(1);
      await later.close();
      // Once, however often it tried.
      expect(run.said().match(/waiting for tcp:.*refused/g)).toHaveLength(1);
      expect(run.said()).toContain(`${registration.url} answers\n`);
      const told = await readFile(boot.at('opt/podplane/etc/user-data.env'), 'utf8');
      expect(told).toContain(`NSTANCE_SERVER_REGISTRATION_ADDR="127.0.0.1:${port}"\n`);
    });

    own('waits for a port as long as it is told', async ({ boot }) => {
      const registration = { url: 'tcp://127.0.0.1:1', timeout: 1_000 };
      const { stderr } = expectExit(await boot.run(shell, { registration }), 4);
      expect(stderr).toMatch(/^user-data: no answer from tcp:\/\/127\.0\.0\.1:1 within 1 s: .*refused\n$/);
      expect(boot.requests()).toBe(0);
    });

    own('fetches through a proxy, and past it; containerd is told, and nobody else', async ({ boot }) => {
      const proxy = await startFaultServer();
      const secret = `pa's"s$(touch injected)`;
      const http = proxy.origin.replace('//', () => `//user:${encodeURIComponent(secret)}@`);
      const refused = expectExit(await boot.run(shell, { proxy: { http } }), 4);
      expect(proxy.requests.length).toBeGreaterThan(0);
      for (const { path, headers } of proxy.requests) {
        expect(path).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/vmconfig\//);
        const given = Buffer.from(headers['proxy-authorization']?.split(' ')[1] ?? '', 'base64').toString();
        expect(given).toBe(`user:${secret}`);
      }
      expect(refused.stderr).not.toContain('touch');
      const count = proxy.requests.length;
      expectExit(await boot.run(shell, { proxy: { http, noProxy: ['127.0.0.1', '.example'] } }), 0);
      expect(proxy.requests).toHaveLength(count);
      await proxy.close();
      const file = boot.at('opt/podplane/etc/proxy.env');
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(await readFile(file, 'utf8')).toBe(`HTTP_PROXY="${http}"\nNO_PROXY="127.0.0.1,.example"\n`);
      const unit = await readFile(
        boot.at('etc/systemd/system/containerd.service.d/assay-proxy.conf'),
        'utf8',
      );
      expect(unit).toBe(`[Service]\nEnvironmentFile=-${file}\n`);
      expect(await readFile(boot.at('opt/podplane/etc/user-data.env'), 'utf8')).not.toContain('PROXY');
    });

    own('shows a registry its password, and nobody else', async ({ boot }) => {
      const registry = await startFaultServer();
      const password = `pa's"s$(touch injected)`;
      const right = `Basic ${Buffer.from(`robot:${password}`).toString('base64')}`;
      registry.on('/v2/team/assay/blobs/kubelet', (request, response) => {
        const isRight = request.headers.authorization === right;
        response.writeHead(isRight ? 200 : 401, isRight ? {} : { 'www-authenticate': 'Basic realm="x"' });
        response.end(isRight ? 'a kubelet' : 'no');
      });
      const url = `${registry.origin}/v2/team/assay`;
      const items = boot.items.map((item) =>
        item.name === 'kubelet' ? { ...item, url: `${url}/blobs/kubelet` } : item,
      );
      const fetch = {
        ...{ ...defaultFetchOptions, attempts: 1, allowsHttp: true },
        registry: { url, authKeys: ['registry.example'] },
      };
      const { stdout: curl } = await runProgram('sh', ['-c', 'command -v curl']);
      await boot.standIn('curl', `printf '%s ' "$@" >>'${boot.at('../argv')}'\nexec '${curl.trim()}' "$@"`);
      const [program, ...args] = shell.argv;
      const run = async (credentials: object | undefined) => {
        const script = boot.at('../registry.sh');
        const values = credentials === undefined ? {} : { registry: credentials };
        const parsed = parseUserDataValues(JSON.stringify({ hostname: 'node-1', ...values }), 'v.yaml');
        await writeFile(script, boot.render(parsed, { items, fetch }));
        return runProgram(program, [...args, script], { env: boot.env });
      };
      for (const credentials of [undefined, { username: 'robot', password: 'hunter2' }]) {
        const { stderr } = expectExit(await run(credentials), 4);
        expect(stderr).toContain('assay-fetch: kubelet: the registry');
        expect(stderr).not.toContain('hunter2');
      }
      const file = boot.at('../auth.json');
      const auth = right.replace('Basic ', '');
      await writeFile(file, JSON.stringify({ auths: { 'registry.example': { auth } } }));
      expectExit(await run({ authFile: file }), 0);
      await rm(boot.at('opt'), { recursive: true });
      expectExit(await run({ username: 'robot', password }), 0);
      await registry.close();
      const argv = await readFile(boot.at('../argv'), 'utf8');
      for (const secret of ['hunter2', password, auth]) expect(argv).not.toContain(secret);
    });

    own('of a VM for development waits for vmconfig to be brought, and then goes on', async ({ boot }) => {
      const { vmconfig } = boot.manifest;
      const { vmconfig: left, ...dependencies } = vmconfig.dependencies;
      expect(left).toBeDefined();
      const manifest = { vmconfig: { ...vmconfig, dependencies } };
      const values = { env: { PROVIDER_KIND: 'local', GREETING: 'hello' } };
      const script = boot.at('../development.sh');
      const items = boot.items.filter(({ name }) => !name.startsWith('vmconfig'));
      await writeFile(script, boot.render(values, { manifest, items }));
      await boot.standIn('apt-get', `echo "apt-get $*" >>'${boot.at('calls')}'`);
      const [program, ...args] = shell.argv;
      const run = () => runProgram(program, [...args, script], { env: boot.env });
      const first = expectExit(await run(), 0);
      expect(first.stderr).toMatch(
        /^user-data: all artifacts are here, and no vmconfig: .* run this script again$/m,
      );
      const calls = await readFile(boot.at('calls'), 'utf8').catch(() => '');
      const wanted = 'apt-get update\napt-get install -y --no-install-recommends rsync\n';
      expect(calls).toBe(hasProgram('rsync', '--version') ? '' : wanted);
      expect(await readdir(boot.at('opt/podplane/artifacts'))).toEqual(['kubelet']);
      expect(await boot.steps()).toEqual(['hostname node-1.example']);
      await access(boot.at('opt/podplane/etc/user-data.env'));
      await boot.bake();
      await rm(boot.at('opt/podplane/share/vmconfig-installed.json'));
      expectExit(await run(), 0);
      expect((await boot.steps()).slice(1)).toEqual([
        'hostname node-1.example',
        ...['install.sh', 'configure.sh', 'restart.sh'].map((step) => `${step} hello`),
      ]);
      expect((await run()).stderr).toContain('nothing to do');
    });
  });
}

test('a password for a registry is for one that is asked', ({ boot }) => {
  const registry = { username: 'robot', password: 'x' };
  expect(() => boot.render({ registry })).toThrow(expect.objectContaining({ code: 'USAGE' }));
});

test('a VM that is not for development has a tarball of vmconfig, or no user-data', ({ boot }) => {
  const items = boot.items.filter(({ name }) => !name.startsWith('vmconfig'));
  const { vmconfig: left, ...dependencies } = boot.manifest.vmconfig.dependencies;
  expect(left).toBeDefined();
  const manifest = { vmconfig: { ...boot.manifest.vmconfig, dependencies } };
  for (const env of [{}, { PROVIDER_KIND: 'aws' }]) {
    expect(() => boot.render({ env }, { manifest, items })).toThrow(
      expect.objectContaining({ code: 'USAGE' }),
    );
  }
});
