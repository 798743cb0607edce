/** Rendered user-data, run under the shells at hand by turns from an empty root; and the command that renders it. */
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test as base } from 'vitest';
import { parse } from 'yaml';
import { renderCloudConfig } from '../../src/render/cloud-config.ts';
import { renderEnvironmentFile } from '../../src/render/environment-file.ts';
import { vmconfigEnvironment } from '../../src/render/vmconfig-environment.ts';
import { body, loopbackCertificate, startFaultServer, status } from '../support/fault-server.ts';
import { openFirstBoot, type FirstBoot } from '../support/first-boot.ts';
import { bytesOf, manifestText, sha256 } from '../support/manifest-sample.ts';
import { runInProcess } from '../support/command-in-process.ts';
import { expectDone } from '../support/outcomes.ts';
import { hasProgram, inTurn, posixShells } from '../support/posix-shells.ts';
import { runAssay, runProgram, type Outcome } from '../support/run-assay.ts';
import { snapshot } from '../support/snapshot.ts';

const test = base.extend<{ boot: FirstBoot }>({
  boot: async ({}, use) => {
    const boot = await openFirstBoot({ failing: 'configure' });
    await use(boot);
    await boot.close();
  },
});

const nonce = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl';
const sshKey = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA${'A'.repeat(43)} me'$(touch injected)@example`;
const sh = posixShells[0]!;
const mode = async (path: string) => ((await stat(path)).mode & 0o7777).toString(8);

function expectExit(outcome: Outcome, exitCode: number): Outcome {
  expect(outcome.exitCode, outcome.stderr).toBe(exitCode);
  return outcome;
}

for (const shell of posixShells) {
  describe.concurrent(`user-data under ${shell.name}`, () => {
    const own = inTurn(test, shell);
    own('installs from an empty root, and the second time does nothing', async ({ boot }) => {
      const { username, homedir } = userInfo();
      const env = { GREETING: `it's "me" $HOME \`x\` \\n`, EMPTY: '' };
      const values = {
        sshUser: username,
        sshAuthorizedKeys: [sshKey],
        nonce,
        caCertificate: loopbackCertificate,
        env,
      };
      const authorized = boot.at(`${homedir}/.ssh/authorized_keys`);
      await mkdir(join(authorized, '..'), { recursive: true });
      // Neither ends its last line.
      await writeFile(authorized, 'ssh-ed25519 AAAAolder older');
      await mkdir(boot.at('etc'));
      await writeFile(boot.at('etc/hosts'), '127.0.0.1 localhost');
      const { stderr, stdout } = expectExit(await boot.run(shell, values), 0);

      expect(await boot.steps()).toEqual([
        'hostname node-1.example',
        ...['install.sh', 'configure.sh', 'restart.sh'].map((step) => `${step} ${env.GREETING}`),
      ]);
      expect(await readFile(boot.at('etc/hostname'), 'utf8')).toBe('node-1.example\n');
      expect(await readFile(boot.at('etc/hosts'), 'utf8')).toBe(
        '127.0.0.1 localhost\n127.0.1.1 node-1.example node-1\n',
      );
      expect(await readFile(authorized, 'utf8')).toBe(`ssh-ed25519 AAAAolder older\n${sshKey}\n`);
      const identity = boot.at('opt/nstance-agent/identity');
      expect(await readFile(join(identity, 'nonce.jwt'), 'utf8')).toBe(`${nonce}\n`);
      expect(await readFile(join(identity, 'ca.crt'), 'utf8')).toBe(loopbackCertificate);
      expect(await mode(identity)).toBe('700');
      expect(await mode(join(identity, 'nonce.jwt'))).toBe('600');
      expect(await mode(boot.at('opt/podplane/etc/user-data.env'))).toBe('600');
      // What an installer makes is no secret of ours.
      expect(await mode(boot.at('made'))).toBe('755');
      expect(await mode(boot.at('opt/podplane/share/vmconfig-installed.json'))).toBe('644');
      // Everybody's to pass through, and root's, whoever packed the tarball.
      expect(await mode(boot.at('opt/podplane/bin'))).toBe('755');
      expect((await stat(boot.at('opt/podplane/bin/install.sh'))).uid).toBe(userInfo().uid);
      expect((await readdir(boot.at('opt/podplane/artifacts'))).sort()).toEqual([
        'kubelet',
        'vmconfig.tar.gz',
      ]);
      for (const secret of [nonce, 'it\'s "me"', sshKey]) expect(stderr + stdout).not.toContain(secret);

      const before = await snapshot(boot.root);
      const again = expectExit(await boot.run(shell, values), 0);
      expect(again.stderr).toContain('nothing to do');
      expect(await snapshot(boot.root)).toEqual(before);
      expect(await boot.steps()).toHaveLength(4);
    });

    own('goes on after a script that failed, and installs once', async ({ boot }) => {
      await writeFile(boot.at('fail'), '');
      const { stderr } = expectExit(await boot.run(shell), 1);
      expect(stderr).toContain('configure.sh failed with exit code 7');
      await rm(boot.at('fail'));
      expectExit(await boot.run(shell), 0);
      const steps = (await boot.steps()).map((step) => step.trim());
      expect(steps.filter((step) => step === 'install.sh')).toHaveLength(1);
      expect(steps.slice(-2)).toEqual(['configure.sh', 'restart.sh']);
      expect((await boot.run(shell)).stderr).toContain('nothing to do');
    });

    own('configures a machine image that has all installed, and only then does nothing', async ({ boot }) => {
      await boot.bake();
      await writeFile(boot.at('fail'), '');
      expectExit(await boot.run(shell, { nonce }), 1);
      expectExit(await boot.run(shell, { nonce }), 1);
      await rm(boot.at('fail'));
      expectExit(await boot.run(shell, { nonce }), 0);
      expect((await boot.steps()).map((step) => step.trim())).toEqual([
        ...['hostname node-1.example', 'configure.sh', 'hostname node-1.example', 'configure.sh'],
        ...['hostname node-1.example', 'configure.sh', 'restart.sh'],
      ]);
      expect(await readFile(boot.at('opt/nstance-agent/identity/nonce.jwt'), 'utf8')).toBe(`${nonce}\n`);
      expect(await readFile(boot.at('opt/podplane/etc/user-data.env'), 'utf8')).toContain('INSTANCE_ID=');
      expect(boot.requests()).toBe(0);
      expect((await boot.run(shell, { nonce })).stderr).toContain('nothing to do');
      expect(await boot.steps()).toHaveLength(7);
    });

    own('makes the user who is missing, with a group, sudo and the keys', async ({ boot }) => {
      const { uid, gid } = userInfo();
      const made = boot.at('made-user');
      await boot.standIn(
        'getent',
        `[ "$1" = passwd ] && [ -e '${made}' ] && echo 'op:x:${uid}:${gid}::/home/op:/bin/sh'`,
      );
      await boot.standIn('groupadd', `echo "groupadd $*" >>'${boot.at('calls')}'`);
      await boot.standIn('useradd', `echo "useradd $*" >>'${boot.at('calls')}'; exit 9`);
      const values = { sshUser: 'op', sshAuthorizedKeys: [sshKey] };
      const refused = expectExit(await boot.run(shell, values), 2);
      expect(refused.stderr).toMatch(/there is no user op, and he cannot be made/);
      await boot.standIn('useradd', `echo "useradd $*" >>'${boot.at('calls')}'; : >'${made}'`);
      expectExit(await boot.run(shell, values), 0);
      expect((await readFile(boot.at('calls'), 'utf8')).split('\n').slice(-3)).toEqual([
        'groupadd op',
        expect.stringMatching(/^useradd -g op -m -s \/bin\/(ba)?sh op$/),
        '',
      ]);
      const sudoers = boot.at('etc/sudoers.d/op');
      expect(await readFile(sudoers, 'utf8')).toBe('op ALL=(ALL) NOPASSWD:ALL\n');
      expect(await mode(sudoers)).toBe('440');
      expect(await readFile(boot.at('home/op/.ssh/authorized_keys'), 'utf8')).toBe(`${sshKey}\n`);
    });

    own('makes no directory more open than it is to be, not for a moment', async ({ boot }) => {
      const { username, homedir } = userInfo();
      const path = process.env['PATH'] ?? '';
      const log = `printf '%s %s\\n' "$(umask)" "$*" >>'${boot.at('modes')}'`;
      await boot.standIn('mkdir', `${log}\nPATH='${path}'\nexec mkdir "$@"`);
      expectExit(await boot.run(shell, { nonce, sshUser: username, sshAuthorizedKeys: [sshKey] }), 0);
      const open = (await readFile(boot.at('modes'), 'utf8'))
        .split('\n')
        .filter((line) => /^0*22 /.test(line))
        .map((line) => line.replace(/^\d+ (?:-p )?/, '').replace(boot.root, ''));
      const home = homedir.replace(/[^/]*$/, '');
      for (const own of [homedir, '/opt/nstance-agent/identity', '/opt/podplane/etc', '.assay'])
        expect(open).not.toContain(own);
      // What is on the way is everybody's to pass through.
      expect(open).toEqual(expect.arrayContaining([home, '/opt/']));
    });

    own('tells the scripts of vmconfig which keys to keep, one a line', async ({ boot }) => {
      const { username, homedir } = userInfo();
      await mkdir(boot.at(homedir), { recursive: true });
      const keys = [sshKey, sshKey.replace('me', 'you')];
      const registration = { url: 'https://127.0.0.1:1', timeout: 0 };
      const env = { NSTANCE_SERVER_AGENT_ADDR: 'agent.example:8444', LINES: 'one\n  "two" \\\n$three' };
      // The server is not there, and the environment comes later: it is made by itself.
      const file = boot.at('user-data.env');
      const values = {
        ...{ hostname: 'node-1.example', sshUser: username, sshAuthorizedKeys: keys },
        registration,
        env,
      };
      await writeFile(file, renderEnvironmentFile(vmconfigEnvironment(values)));
      const names = [
        'INSTANCE_ID',
        'NSTANCE_SERVER_REGISTRATION_ADDR',
        'IMMUTABLE_SSH_AUTHORIZED_KEYS',
        ...Object.keys(env),
      ];
      const script = `set -eu; . "$1"; printf '%s\\0' ${names.map((name) => `"$${name}"`).join(' ')}`;
      const [program, ...args] = shell.argv;
      const { stdout } = await runProgram(program, [...args, '-c', script, 'sh', file]);
      expect(stdout.split('\0').slice(0, -1)).toEqual([
        ...['node-1.example', '127.0.0.1:1', keys.join('\n'), 'agent.example:8444', env.LINES],
      ]);
      expectExit(await boot.run(shell, { sshUser: username, sshAuthorizedKeys: keys, env }), 0);
      const told = await readFile(boot.at('opt/podplane/etc/user-data.env'), 'utf8');
      expect(told).toContain(renderEnvironmentFile({ IMMUTABLE_SSH_AUTHORIZED_KEYS: keys.join('\n') }));
    });

    own('installs once where two runs meet', async ({ boot, skip, expect }) => {
      skip(!hasProgram('flock', '--version'), 'flock is not installed');
      await writeFile(boot.at('hold'), '');
      const first = boot.run(shell);
      await expect.poll(() => boot.steps()).toHaveLength(2);
      const second = await boot.start(shell);
      await expect.poll(() => second.said()).toContain('waiting for another run');
      await rm(boot.at('hold'));
      expectExit(await first, 0);
      expect(await second.exitCode).toBe(0);
      expect(second.said()).toMatch(/waiting for another run in .*\n.*nothing to do/);
      expect(await boot.steps()).toHaveLength(4);
    });

    own('waits for an installer whose user-data was killed', async ({ boot, skip, expect }) => {
      skip(!hasProgram('flock', '--version'), 'flock is not installed');
      await writeFile(boot.at('hold'), '');
      const first = await boot.start(shell);
      await expect.poll(() => boot.steps()).toHaveLength(2);
      first.kill('SIGKILL');
      const second = await boot.start(shell);
      await expect.poll(() => second.said()).toContain('waiting for another run');
      await rm(boot.at('hold'));
      expect(await second.exitCode).toBe(0);
      const steps = (await boot.steps()).map((step) => step.trim());
      expect(steps.filter((step) => step === 'install.sh')).toHaveLength(1);
      expect(steps.slice(-2)).toEqual(['configure.sh', 'restart.sh']);
    });

    own.for([
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const)('ends its downloads with itself on %s', async ([signal, expected], { boot, expect }) => {
      let state = 'none';
      boot.answerTarball((request, response) => {
        state = 'underway';
        request.socket.on('close', () => (state = 'cut'));
        response.writeHead(200, { 'content-length': '100' }).flushHeaders();
      });
      const child = await boot.start(shell);
      await expect.poll(() => state).toBe('underway');
      child.kill(signal);
      expect(await child.exitCode).toBe(expected);
      await expect.poll(() => state).toBe('cut');
      expect(await readdir(boot.at('opt/podplane'))).toEqual(['artifacts']);
    });

    own('extracts and installs nothing where the tarball is refused', async ({ boot }) => {
      boot.answerTarball(body('another tarball'));
      const { stderr } = expectExit(await boot.run(shell), 5);
      expect(stderr).toMatch(/^assay-fetch: vmconfig.tar.gz: /m);
      expect(await readdir(boot.at('opt/podplane'))).toEqual(['artifacts']);
      expect(await boot.steps()).toEqual(['hostname node-1.example']);
      boot.answerTarball(status(404));
      expectExit(await boot.run(shell), 4);
    });
  });
}

describe.concurrent('user-data', () => {
  // What is decided, by functions that the shells run above.
  test('configures a VM that was made of a configured one', async ({ boot }) => {
    expectExit(await boot.run(sh), 0);
    const requests = boot.requests();
    for (const values of [{ hostname: 'node-2.example' }, { nonce }, { env: { GREETING: 'new' } }]) {
      const before = (await boot.steps()).length;
      expectExit(await boot.run(sh, values), 0);
      expect((await boot.steps()).slice(before + 1).map((step) => step.split(' ')[0])).toEqual([
        'configure.sh',
        'restart.sh',
      ]);
      expect((await boot.run(sh, values)).stderr).toContain('nothing to do');
    }
    expect(boot.requests()).toBe(requests);
  });

  test('does not end well where a machine image lacks a script', async ({ boot }) => {
    await boot.bake();
    await rm(boot.at('opt/podplane/bin/restart.sh'));
    for (let run = 0; run < 2; run += 1) {
      expect(expectExit(await boot.run(sh), 1).stderr).toContain('restart.sh failed');
    }
  });

  test('gives a user who is there already no more than the keys', async ({ boot }) => {
    const { uid, gid } = userInfo();
    await boot.standIn('getent', `echo 'op:x:${uid}:${gid}::/home/op:/bin/sh'`);
    expectExit(await boot.run(sh, { sshUser: 'op', sshAuthorizedKeys: [sshKey] }), 0);
    expect(await readdir(boot.at('etc'))).toEqual(['hostname', 'hosts']);
  });

  test('waits for the registration server, and trusts the given authority alone', async ({ boot }) => {
    const server = await startFaultServer({ tls: true });
    const registration = { url: `${server.origin}/ready+1`, timeout: 1_000 };
    const refused = expectExit(await boot.run(sh, { registration }), 4);
    // The reason, in one line: curl has more to say of certificates.
    expect(refused.stderr).toMatch(
      /^user-data: no answer from \S+ within 1 s: curl: \(60\) SSL .*certificate.*$/m,
    );
    expect(refused.stderr.match(/\n/g)).toHaveLength(1);
    expect(server.requests).toEqual([]);
    const caCertificate = loopbackCertificate;
    // Nobody is content with an anonymous caller: that it answers is enough.
    server.on('/ready%2B1', status(401));
    expectExit(await boot.run(sh, { registration: { ...registration, timeout: 100_000 }, caCertificate }), 0);
    expect(server.requests.map(({ path }) => path)).toEqual(['/ready%2B1']);
    await server.close();
  });

  test('gives up on a registration server that never comes', async ({ boot }) => {
    const registration = { url: 'https://127.0.0.1:1', timeout: 3_000 };
    expectExit(await boot.run(sh, { registration }), 4);
    expect(await readdir(boot.root)).not.toContain('artifacts');
  });

  test.for(['etc', 'opt/podplane/etc'])('says so where /%s is full', async (full, { boot, skip }) => {
    const inner =
      'mount -t tmpfs -o size=16k tmpfs "$1" 2>/dev/null || exit 99; directory=$1; shift\n' +
      'head -c 20000 /dev/zero >"$directory/filler" 2>/dev/null\n' +
      '"$@"; code=$?; ls -A "$directory"; exit $code';
    await mkdir(boot.at(full), { recursive: true });
    const script = boot.at('user-data.sh');
    await writeFile(script, boot.render({ env: { LONG: 'x'.repeat(10_000) } }));
    const run = (...args: string[]) =>
      runProgram('unshare', ['-Urm', 'sh', '-c', inner, 'sh', boot.at(full), ...args], { env: boot.env });
    const possible = await run('true').catch(() => ({ exitCode: 99 }));
    skip(possible.exitCode !== 0, 'no user namespaces here');
    const { stdout, stderr } = expectExit(await run(...sh.argv, script), 2);
    expect(stderr).toMatch(/^user-data: cannot write .*: .*No space left on device$/m);
    expect(stdout).toBe('filler\n');
    expect((await boot.steps()).join()).not.toContain('install.sh');
  });

  test('is clean by shellcheck', async ({ boot, skip }) => {
    skip(!hasProgram('shellcheck', '--version'), 'shellcheck is not installed');
    const script = boot.at('user-data.sh');
    // A template has all of the shell that there is.
    const filled = { hostname: '{{ .Instance.ID }}', nonce: '{{ .Nonce }}', env: { A: '{{ .A }}' } };
    const values = { ...filled, caCertificate: loopbackCertificate, proxy: { http: 'http://proxy.example' } };
    await writeFile(script, boot.render(values, { isTemplate: true }));
    const { stdout, exitCode } = await runProgram('shellcheck', [script]);
    expect(exitCode, stdout).toBe(0);
  });

  test('is the same script as cloud-config', ({ boot }) => {
    const script = boot.render({ nonce });
    const text = renderCloudConfig(script, '/opt/podplane/etc/user-data.sh');
    expect(text.startsWith('#cloud-config\n')).toBe(true);
    const { write_files: files, runcmd } = parse(text) as {
      write_files: { path: string; permissions: string; encoding: string; content: string }[];
      runcmd: string[][];
    };
    expect(files).toHaveLength(1);
    expect(files[0]).toMatchObject({ permissions: '0700', encoding: 'gz+b64' });
    expect(gunzipSync(Buffer.from(files[0]!.content, 'base64')).toString()).toBe(script);
    expect(runcmd).toEqual([['/bin/sh', files[0]!.path]]);
  });

  test('is cloud-config by its schema', async ({ boot, skip }) => {
    skip(!hasProgram('cloud-init', '--version'), 'cloud-init is not installed');
    const file = boot.at('user-data');
    await writeFile(file, renderCloudConfig(boot.render({ nonce }), '/opt/podplane/etc/user-data.sh'));
    const { exitCode, stdout, stderr } = await runProgram('cloud-init', ['schema', '--config-file', file]);
    expect(exitCode, stdout + stderr).toBe(0);
    await writeFile(file, '#cloud-config\nwrite_files: [{ paht: a }]\n');
    expect((await runProgram('cloud-init', ['schema', '--config-file', file])).exitCode).not.toBe(0);
  });
});

describe.concurrent('assay render', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'assay-render-'));
    await writeFile(join(directory, 'manifest.json'), bytesOf(manifestText));
    await writeFile(join(directory, 'values.yaml'), `hostname: node-1\nnonce: ${nonce}\n`);
  });
  afterAll(() => rm(directory, { recursive: true }));
  const render = (what: string, ...args: readonly string[]) =>
    runAssay(['render', what, join(directory, 'manifest.json'), ...args]);
  const values = () => ['--values', join(directory, 'values.yaml')];
  const tarball = [
    ...['--vmconfig-url', 'https://files.example/vmconfig.tgz'],
    ...['--vmconfig-digest', sha256, '--vmconfig-size', '1000'],
  ];

  base('install-plan: to standard output, and to a file alike', async () => {
    const { stdout } = expectDone(await render('install-plan'));
    expect(stdout).toMatch(/^#!\/usr\/bin\/env bash\n.*\nVMCONFIG_MANIFEST_JSON_SHA256=[0-9a-f]{64}\n/);
    const output = join(directory, 'vmconfig-manifest.sh');
    expect(expectDone(await render('install-plan', '--output', output)).stdout).toBe('');
    expect(await readFile(output, 'utf8')).toBe(stdout);
  });

  base('fetch-script: from the origins or a mirror, without the stub', async () => {
    const { stdout } = expectDone(await render('fetch-script', '--dir', "/tmp/it's", '--jobs', '2'));
    expect(stdout).toContain(`dir='/tmp/it'\\''s'\n`);
    expect(stdout).toContain("protocols='=https'\n");
    expect(stdout).toContain("item 'agent.tar.gz' 'https://releases.example/v1.2.3/agent.tgz'");
    expect(stdout).not.toContain("item 'vmconfig");
    const mirrored = expectDone(
      await render('fetch-script', '--mirror-base', 'http://10.0.0.1/base', '--only', 'agent'),
    );
    expect(mirrored.stdout).toContain("'http://10.0.0.1/base/vmconfig/artifacts/agent/1.2.3/agent.tgz'");
    expect(mirrored.stdout.match(/^\titem /gm)).toHaveLength(1);
  });

  base('user-data: a file that only its owner reads', async () => {
    const output = join(directory, 'user-data');
    expectDone(await render('user-data', ...values(), ...tarball, '--format', 'cloud-config', '-o', output));
    expect(await mode(output)).toBe('600');
    expect((await readFile(output, 'utf8')).startsWith('#cloud-config\n')).toBe(true);
  });

  base('user-data: asks the mirror for the tarball as well', async () => {
    const { stdout } = expectDone(
      await render('user-data', ...values(), ...tarball, '--mirror-base', 'http://10.0.0.1/base'),
    );
    const url = 'http://10.0.0.1/base/vmconfig/artifacts/vmconfig/dev/vmconfig.tgz';
    expect(stdout).toContain(`item 'vmconfig.tar.gz' '${url}' '${sha256}' '1000'`);
    expect(stdout).not.toContain("'https://");
  });

  const renderHere = (...args: readonly string[]) =>
    runInProcess(['render', 'user-data', join(directory, 'manifest.json'), ...args]);

  base(
    'user-data: from a second mirror where the first is not there, by an authority of their own',
    async () => {
      const file = join(directory, 'mirrors.yaml');
      const mirror = { fallback: 'https://10.0.0.2/base', caCertificate: loopbackCertificate };
      await writeFile(file, JSON.stringify({ hostname: 'a', mirror }));
      const flags = ['--values', file, ...tarball, '--mirror-base', 'http://10.0.0.1/base'];
      const { stdout } = expectDone(await renderHere(...flags));
      const path = 'base/vmconfig/artifacts/vmconfig/dev/vmconfig.tgz';
      const urls = [`'http://10.0.0.1/${path}'`, `'${sha256}' '1000'`, `'https://10.0.0.2/${path}'`];
      expect(stdout).toContain(`\titem 'vmconfig.tar.gz' ${urls.join(' ')}\n`);
      expect(stdout.match(/^\titem .* 'https:\/\/10\.0\.0\.2\/\S+'$/gm)).toHaveLength(4);
      expect(stdout).toContain(`mirror_ca='${loopbackCertificate}'\n`);
      const hosts = ['http://10.0.0.1/', 'https://10.0.0.2/'].map((host) => `\t'${host}'*) ;;\n`);
      expect(stdout).toContain(`is_mirror() {\n\tcase $url in\n${hosts.join('')}\t*) return 1 ;;\n`);
      // A second one, and no first.
      const { exitCode, stderr } = await renderHere('--values', file, ...tarball);
      expect(exitCode).toBe(2);
      expect(stderr).toContain('--mirror-base');
      const noCertificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
      await writeFile(file, JSON.stringify({ hostname: 'a', mirror: { caCertificate: noCertificate } }));
      const bad = await renderHere(...flags);
      expect(bad.exitCode).toBe(2);
      expect(bad.stderr).toContain('mirror.caCertificate: number 1 is no X.509 certificate [VALUES_INVALID]');
    },
  );

  base('user-data: a template is text, also where it is compressed', async () => {
    const file = join(directory, 'template.yaml');
    await writeFile(file, "hostname: '{{ .Instance.ID }}'\nenv: { A: '{{ .A }}' }\n");
    const flags = ['--values', file, ...tarball, '--template'];
    const { stdout } = expectDone(await renderHere(...flags));
    const compressed = expectDone(await renderHere(...flags, '--format', 'compressed')).stdout;
    const data = stdout.slice(stdout.indexOf('# Filled in'));
    expect(data).toContain('\n{{ .Instance.ID }}\n=ASSAY_VALUES hostname\n');
    expect(compressed.slice(compressed.indexOf('# Filled in'))).toBe(data);
    expect(compressed.length).toBeLessThan(16 * 1024);
    const [, packed = ''] = /printf %s '([A-Za-z0-9+\/=]+)'/.exec(compressed) ?? [];
    expect(gunzipSync(Buffer.from(packed, 'base64')).toString() + data).toBe(stdout);
    for (const [args, code] of [
      [[...flags, '--format', 'cloud-config'], 'USAGE'],
      [flags.slice(0, -1), 'VALUES_INVALID'],
    ] as const) {
      const { exitCode, stderr } = await renderHere(...args);
      expect(exitCode).toBe(2);
      expect(stderr).toContain(`[${code}]`);
    }
    const { stderr } = expectDone(await renderHere('--hostname', 'a', ...flags.slice(2, -1)));
    expect(stderr).not.toContain('--template');
  });

  base('user-data: tells of a script that is large for a provider', async () => {
    const { stdout, stderr } = expectDone(await render('user-data', ...values(), ...tarball));
    expect(stdout.length).toBeGreaterThan(16 * 1024);
    expect(stderr).toContain('--format compressed is half as long');
  });

  base.for([
    ['a manifest without a tarball', ['--hostname', 'a'], 'USAGE'],
    ['a tarball without a digest', ['--hostname', 'a', ...tarball.slice(0, 2)], 'USAGE'],
    [
      'a tarball by plain HTTP',
      ['--hostname', 'a', '--vmconfig-url', 'http://a.example/b', ...tarball.slice(2)],
      'USAGE',
    ],
    ['no host name', tarball, 'VALUES_INVALID'],
    ['a host name that is none', ['--hostname', 'a b', ...tarball], 'VALUES_INVALID'],
    ['a file that is not there', ['--values', '/nonexistent', ...tarball], 'FILE_UNREADABLE'],
  ] as const)('user-data: refuses %s', async ([, args, code]) => {
    const { exitCode, stdout, stderr } = await render('user-data', ...args);
    expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(`[${code}]`);
  });

  base('leaves a file as it was where the manifest is refused', async () => {
    const output = join(directory, 'before.sh');
    await writeFile(output, 'before');
    const bad = join(directory, 'bad.json');
    await writeFile(
      bad,
      manifestText.replace('https://releases.example/v1.2.3', 'https://releases.example/$(id)'),
    );
    for (const what of ['install-plan', 'fetch-script', 'user-data']) {
      const { exitCode, stderr } = await runAssay(['render', what, bad, '--output', output]);
      expect(exitCode).toBe(2);
      expect(stderr).toContain('[MANIFEST_INVALID]');
    }
    expect(await readFile(output, 'utf8')).toBe('before');
  });
});
