/** Files on a server whose versions are listed elsewhere: by GitHub, or in a JSON file. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { refuse, substitute } from '../../../scripts/upstream/behaviours.ts';
import type { ToolRelease } from '../../../scripts/upstream/toolbox.ts';
import { parseManifest } from '../../../src/formats/own/manifest.ts';
import { openToolbox, type ToolboxRehearsal } from '../../support/toolbox-rehearsal.ts';

const files = (version: string): [string, string] => [
  `tool-${version}-linux-amd64.tar.gz`,
  `tool-${version}-linux-arm64.tar.gz`,
];
const versions = ['1.9.0', '1.10.0', '2.0.0', '2.1.0-rc.1'];
const served = versions.map((version): ToolRelease => ({
  ...{ at: `dl.example.org/tool/v${version}`, tag: `v${version}`, proof: 'sums' },
  files: files(version),
}));
/** Of a repository that has no files of its own, among tags that are none of ours. */
const listed = [...versions.map((version) => `v${version}`), 'api/v9.0.0', 'nightly'].map(
  (tag): ToolRelease => ({
    at: 'o/tool',
    tag,
    files: ['notes.txt'],
    proof: 'nothing',
    isPrerelease: tag.includes('rc'),
  }),
);
const indexPath = 'lists.example.org/index.json';
const item = (version: string, lts: string | false) => ({ version: `v${version}`, lts });
const list = [item('2.0.0', false), item('1.9.0', 'Jod'), item('1.10.0', 'Jod'), item('2.1.0-rc.1', false)];

let box: ToolboxRehearsal;
beforeAll(async () => {
  box = await openToolbox([...served, ...listed], { [indexPath]: JSON.stringify(list) });
});
afterAll(() => box.close());

/** Another catalogue in the same place, and a run. */
async function ask(index: unknown, more: Readonly<Record<string, unknown>> = {}, ...args: readonly string[]) {
  const source = {
    type: 'release-server',
    uri: 'https://dl.example.org/tool',
    path: '{tag}',
    tag: 'v{version}',
  };
  const catalogue = {
    ...{ version: 1, kinds: ['tools'], platforms: [{ os: 'debian-13', architectures: ['amd64', 'arm64'] }] },
    sources: { tool: { ...source, ...(index === undefined ? {} : { index }), ...more } },
    dependencies: {
      tool: {
        ...{ kinds: ['tools'], type: 'tar.gz' },
        source: { from: 'tool', asset: 'tool-{version}-linux-{arch}.tar.gz' },
        verification: { method: 'checksum', checksums: 'SHA256SUMS', reason: 'nobody signs it' },
      },
    },
  };
  await writeFile(box.catalogue, stringify(catalogue));
  return box.run('update-manifests', [...args]);
}

const taken = async () => {
  const file = join(box.directory, 'tools.debian-13.amd64.json');
  return parseManifest(await readFile(file), file).vmconfig.dependencies['tool'];
};
const anew = ['--refresh', 'all'];
const json = { url: `https://${indexPath}`, tag: '/version' };
const lts = { ...json, where: [{ pointer: '/lts', isNot: false }] };

describe('the versions of a server', () => {
  it.each<readonly [string, unknown, Readonly<Record<string, unknown>>, string]>([
    ['by GitHub’s releases, in a range', { github: 'o/tool' }, { versions: { range: '^1' } }, '1.10.0'],
    ['by GitHub’s tags', { github: 'o/tool', list: 'tags' }, { versions: { range: '<2' } }, '1.10.0'],
    ['by a list, of which some fit', lts, {}, '1.10.0'],
    ['by a list', json, {}, '2.0.0'],
    ['by GitHub’s releases', { github: 'o/tool' }, {}, '2.0.0'],
    [
      'by GitHub’s tags, pre-releases too',
      { github: 'o/tool', list: 'tags' },
      { versions: { prereleases: true } },
      '2.1.0-rc.1',
    ],
  ])('%s', async (_, index, more, version) => {
    const outcome = await ask(index, more, ...anew);
    expect(outcome.stderr).not.toMatch(/error|warning/);
    expect(outcome.exitCode).toBe(0);
    expect(await taken()).toMatchObject({
      version,
      url: `https://dl.example.org/tool/v${version}/tool-${version}-linux-amd64.tar.gz`,
    });
    // A second run asks for what may have changed, and nothing has.
    expect(await ask(index, more)).toMatchObject({ exitCode: 0 });
    expect(await ask(index, more, '--check')).toMatchObject({ exitCode: 0 });
  });
});

describe('a list that lies', () => {
  const refusals: readonly (readonly [string, string | Buffer, string, number])[] = [
    ['goes back', JSON.stringify(list.slice(0, 2)), 'VERSION_DOWNGRADED', 6],
    ['names a version twice', JSON.stringify([...list, item('2.0.0', 'Jod')]), 'EVIDENCE_MALFORMED', 5],
    ['names no version', JSON.stringify([{ version: null }]), 'EVIDENCE_MALFORMED', 5],
    ['leads elsewhere', JSON.stringify([{ version: 'v9.0.0/../../evil' }]), 'VERSION_UNAVAILABLE', 6],
    ['has none that fits', JSON.stringify([item('3.0.0-rc.1', false)]), 'VERSION_UNAVAILABLE', 6],
    ['names one that is not there', JSON.stringify([...list, item('9.9.9', false)]), 'NOT_FOUND', 4],
    ['is a page', '<!doctype html>', 'EVIDENCE_MALFORMED', 5],
    ['is too large', Buffer.alloc((16 << 20) + 1, ' '), 'TOO_LARGE', 4],
  ];
  it.each(refusals)('and %s is refused, and changes nothing', async (_, content, code, exitCode) => {
    box.server.override(indexPath);
    await ask(json, { version: '2.1.0-rc.1' }, ...anew);
    const before = await taken();
    box.server.override(indexPath, substitute(Buffer.from(content)));
    const outcome = await ask(json, {}, ...anew);
    box.server.override(indexPath);
    expect(outcome.stderr).toContain(`[${code}]`);
    expect(outcome.exitCode).toBe(exitCode);
    expect(await taken()).toEqual(before);
    expect(before).toMatchObject({ version: '2.1.0-rc.1' });
  });

  it('or that cannot be had, fails', async () => {
    box.server.override('api.github.com/repos/o/tool/tags', refuse(404));
    expect((await ask({ github: 'o/tool', list: 'tags' }, {}, ...anew)).stderr).toContain('[NOT_FOUND]');
    box.server.override('api.github.com/repos/o/tool/tags', substitute(Buffer.from('{"message":"x"}')));
    expect((await ask({ github: 'o/tool', list: 'tags' }, {}, ...anew)).stderr).toContain(
      '[EVIDENCE_MALFORMED]',
    );
  });
});

describe('the catalogue', () => {
  it.each<readonly [string, unknown, Readonly<Record<string, unknown>>, string]>([
    ['a list and a newest one', json, { latest: 'stable.txt' }, 'excludes "latest"'],
    ['neither', undefined, {}, 'Or set "index" or "version"'],
    ['no https', { url: 'http://x.example.org/index.json' }, {}, 'must be an https URL'],
    [
      'a condition of nothing',
      { ...json, where: [{ pointer: '/lts' }] },
      {},
      'must have one of "is" and "isNot"',
    ],
    ['a repository that is none', { github: '../tool' }, {}, 'must be OWNER/REPOSITORY'],
    ['another field', { github: 'o/tool', url: 'https://x.example.org/' }, {}, 'index'],
  ])('does not take %s', async (_, index, more, said) => {
    const outcome = await ask(index, more);
    expect(outcome.stderr).toContain('[CATALOGUE_INVALID]');
    expect(outcome.stderr).toContain(said);
  });
});
