/** Where a user's secrets show, whatever was done with them: nowhere. Logs of CI are public. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runInProcess } from '../support/command-in-process.ts';
import { manifestFile, manifestText } from '../support/manifest-sample.ts';
import { root, runAssay, type Outcome } from '../support/run-assay.ts';

const secret = 'hunter2';

/** Each with a password, or a token in a user name's place. */
const urls = [
  `https://u:${secret}@b.example.org`,
  `https://u:${secret}/x@b.example.org`,
  `https:u:${secret}@b.example.org`,
  `https://${secret}@b.example.org`,
  `https://${secret}/x@b.example.org`,
  `u:${secret}@b.example.org`,
  `${secret}:@b.example.org`,
  `https://b.example.org/x?X-Amz-Signature=${secret}`,
];

let folder: string;
let manifest: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-credentials-'));
  manifest = join(folder, manifestFile);
  await writeFile(manifest, manifestText);
});
afterAll(() => rm(folder, { recursive: true }));

function expectUnseen({ exitCode, stdout, stderr }: Outcome, expected: number): void {
  expect(stdout + stderr).not.toContain(secret);
  expect(exitCode).toBe(expected);
}

describe.each(urls)('%s', (url) => {
  const stage = (...args: readonly string[]) => ['stage', manifest, '--dir', join(folder, 'out'), ...args];
  it.each<[string, readonly string[], Readonly<Record<string, string>>?]>([
    ['--mirror', ['--mirror', `https://a.example.org=${url}`]],
    ['--mirror without =', ['--mirror', url.replace('=', '')]],
    ['--mirror, as its origin', ['--mirror', `${url}=https://a.example.org`]],
    ['--trusted-mirror', ['--trusted-mirror', `https://a.example.org=${url}`]],
    ['--mirror-base', ['--mirror-base', url]],
    ['ASSAY_MIRRORS', [], { ASSAY_MIRRORS: `https://a.example.org=${url}` }],
    ['ASSAY_MIRRORS, cut at a comma', [], { ASSAY_MIRRORS: `https://a=https://u:${secret},${url}` }],
    ['ASSAY_TRUSTED_MIRRORS', [], { ASSAY_TRUSTED_MIRRORS: `https://a.example.org=${url}` }],
  ])('is not shown: %s', async (_where, args, env = {}) => {
    expectUnseen(await runInProcess(stage(...args), { env }), 2);
  });

  it('is not shown as the place where a tarball will be published', async () => {
    const where = [
      '--base-url',
      url,
      '--os',
      'debian-13',
      '--tree',
      folder,
      '--out',
      join(folder, 'release'),
    ];
    const args = ['package', '--kind', 'knc', '--arch', 'amd64', '--version', '1.0.0', ...where];
    const { stdout, stderr } = await runInProcess([...args, '--manifests-dir', folder]);
    expect(stdout + stderr).not.toMatch(new RegExp(`${secret}(?!/x)`));
  });

  it('is not shown as the URL of a repository', async () => {
    const args = ['fetch-deb', '--repo', url, '--suite', 's', '--component', 'main', '--arch', 'amd64'];
    const { stdout, stderr } = await runInProcess(
      [...args, '--package', 'p', '--keyring', join(root, 'trust/debian-archive.asc'), '--verbose'],
      { env: { all_proxy: 'http://127.0.0.1:9' } },
    );
    expect(stdout + stderr).not.toMatch(new RegExp(`${secret}(?!/x)`));
  });
});

describe('a proxy', () => {
  it.each([
    [`http://u:${secret}@127.0.0.1:9`, 4],
    [`u:${secret}@127.0.0.1:9`, 4],
    [`http://u:${secret}/x@127.0.0.1:9`, 2],
    [`socks5://u:${secret}@127.0.0.1:9`, 2],
    [`http://u:%zz${secret}@127.0.0.1:9`, 2],
  ])('%s: exit code %i, and its password is not shown', async (proxy, exitCode) => {
    for (const name of ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY']) {
      const args = [
        'stage',
        manifest,
        '--dir',
        join(folder, 'proxied'),
        '--attempts',
        '1',
        '--verbose',
        '--only',
        'agent',
      ];
      for (const output of [[], ['--json']]) {
        expectUnseen(await runInProcess([...args, ...output], { env: { [name]: proxy } }), exitCode);
      }
    }
  });
});

it('the built command shows none either, also where it does not know the flag', async () => {
  const mirror = `https://a=${urls[1]}`;
  for (const args of [
    [mirror],
    ['--only', 'agent', '--arch', mirror],
    ['--mirror', mirror],
    [`--mirror=${mirror}`],
    ['--miror', mirror],
    [`--miror=${mirror}`],
  ]) {
    expectUnseen(await runAssay(['stage', manifest, ...args]), 2);
  }
  expectUnseen(await runAssay([mirror]), 2);
  expectUnseen(await runAssay(['render', mirror]), 2);
});
