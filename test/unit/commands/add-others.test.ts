/** `assay add` for images, charts and packages: what vouches for them is found, learnt, accepted and written, once. */
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { refuse, substitute } from '../../../scripts/upstream/behaviours.ts';
import { buildAptRepository, debianForms, type SuiteSpec } from '../../../scripts/upstream/apt-repository.ts';
import { helmChart, helmRepository, publishHelmRepository } from '../../../scripts/upstream/helm.ts';
import { addImage, addIndex } from '../../../scripts/upstream/oci-image.ts';
import { emptyRepository, publishRegistry } from '../../../scripts/upstream/oci-registry.ts';
import { generateSigningKey } from '../../../scripts/upstream/signing-key.ts';
import {
  kubernetesImageSigner,
  pausePlatforms,
  releasePause,
} from '../../../scripts/upstream/sigstore/pause.ts';
import {
  at,
  openpgpKey,
  openToolbox,
  sigstore,
  type ToolboxRehearsal,
} from '../../support/toolbox-rehearsal.ts';

const stranger = await generateSigningKey({ owner: 'Mallory', createdAt: new Date('2026-01-01T00:00:00Z') });
const suite = (directory: string, origin: string, name: string): SuiteSpec => ({
  ...{ directory, suite: 'stable', codename: 'trixie', origin, label: origin, date: at, byHash: true },
  ...{ forms: debianForms, architectures: ['amd64', 'arm64'] },
  components: [
    {
      name: 'main',
      packages: [
        ...(['amd64', 'arm64'] as const).map((architecture) => ({
          package: name,
          version: '1:4.17.4-2',
          architecture,
        })),
        { package: 'grub-pc', version: '2.12-9', architecture: 'amd64' as const },
      ],
    },
  ],
});

/** An image of one platform that nobody signs. */
const bare = emptyRepository('registry.example.org', 'team/bare');
const members = [pausePlatforms[0]!].map((platform) => ({
  platform,
  manifest: addImage(bare, 'bare', platform),
}));
bare.tags.set('v0.4.1', addIndex(bare, members));
bare.tags.set('latest', bare.tags.get('v0.4.1')!);
/** Signed for another repository. */
const copied = {
  ...releasePause(sigstore, { version: '1.0.0', at }),
  registry: 'registry.example.org',
  repository: 'copied',
};

const chart = (name: string, version: string, key?: typeof openpgpKey) =>
  helmChart({ name, version, at, key });
const charts = await Promise.all([
  chart('tool', '1.2.2', openpgpKey),
  chart('tool', '1.2.3', openpgpKey),
  chart('tool', '2.0.0-rc.1', openpgpKey),
  chart('plain', 'v0.3.0'),
]);
const inRegistry = helmRepository('registry.example.org', 'charts', charts[0], charts[1]);

/** Of one chart, which is there. */
const indexWith = (url: string) =>
  JSON.stringify({
    entries: { tool: [{ name: 'tool', version: '1.2.3', urls: [url], digest: 'a'.repeat(64) }] },
  });

let box: ToolboxRehearsal;
beforeAll(async () => {
  const root = (host: string, suites: readonly SuiteSpec[]) =>
    buildAptRepository({ root: host, suites, signingKey: openpgpKey });
  box = await openToolbox(
    [],
    {
      'keys.example.org/ours.asc': openpgpKey.publicKeyArmored,
      'keys.example.org/other.asc': stranger.publicKeyArmored,
    },
    publishRegistry(releasePause(sigstore, { version: '3.10.1', at }, { version: '3.10.2', at })),
    publishRegistry(bare),
    publishRegistry(copied),
    publishRegistry(inRegistry),
    { files: publishHelmRepository('charts.example.org/stable', charts) },
    { files: await root('apt.example.org/debian', [suite('trixie', 'Example', 'tool-of-example')]) },
    { files: await root('ftp.debian.org/debian', [suite('trixie', 'Debian', 'uidmap')]) },
  );
});
afterAll(() => box.close());

const ours = ['--key', 'https://keys.example.org/ours.asc'];
const catalogue = async () =>
  parse(await readFile(box.catalogue, 'utf8')) as {
    sources: Record<string, unknown>;
    dependencies: Record<string, Record<string, unknown>>;
  };
const dependency = async (name: string) => (await catalogue()).dependencies[name];
const bareDigest = (outcome: { readonly stderr: string }) =>
  /--accept '(sha256:[0-9a-f]{64})'/.exec(outcome.stderr)?.[1] ?? '';

interface Shape {
  readonly ref: string;
  readonly name: string;
  readonly flags: readonly string[];
  readonly accept: string | undefined;
  readonly expected: Readonly<Record<string, unknown>>;
}

const shapes: readonly Shape[] = [
  {
    ...{
      ref: 'oci://registry.k8s.io/pause',
      name: 'pause',
      flags: [],
      accept: kubernetesImageSigner.identity,
    },
    expected: {
      type: 'oci-image',
      source: { from: 'pause', repository: 'pause', tag: '{version}', versions: { range: '^3.10.2' } },
      verification: { method: 'cosign-image', ...kubernetesImageSigner },
    },
  },
  {
    ...{ ref: 'helm:https://charts.example.org/stable/tool', name: 'tool', flags: ours },
    accept: openpgpKey.fingerprint,
    expected: {
      type: 'helm-chart',
      source: { from: 'tool', chart: 'tool', versions: { range: '^1.2.3' } },
      verification: { method: 'helm-provenance', signedBy: 'tool' },
    },
  },
  {
    ...{
      ref: 'helm:oci://registry.example.org/charts/tool@1.2.2',
      name: 'tool-oci',
      flags: [...ours, '--name', 'tool-oci'],
    },
    accept: openpgpKey.fingerprint,
    expected: {
      source: { from: 'tool-oci', chart: 'tool', version: '1.2.2' },
      verification: { method: 'helm-provenance', signedBy: 'tool-oci' },
    },
  },
  {
    ...{ ref: 'helm:https://charts.example.org/stable/plain', name: 'plain', flags: [], accept: undefined },
    expected: {
      source: { from: 'plain', chart: 'plain', tag: 'v{version}', versions: { range: '^0.3.0' } },
      verification: { method: 'helm-digest' },
    },
  },
  {
    ...{ ref: 'apt:trixie/uidmap', name: 'uidmap', flags: ours, accept: openpgpKey.fingerprint },
    expected: {
      type: 'deb',
      source: { from: 'debian-trixie', package: 'uidmap' },
      verification: { method: 'apt' },
    },
  },
  {
    ...{ ref: 'apt:trixie/grub-pc', name: 'grub-pc', flags: [], accept: undefined },
    expected: {
      platforms: [{ os: 'debian-13', architectures: ['amd64'] }],
      source: { from: 'debian-trixie', package: 'grub-pc' },
    },
  },
  {
    ...{ ref: 'apt:trixie/tool-of-example', name: 'other', accept: openpgpKey.fingerprint },
    flags: [...ours, '--repo', 'https://apt.example.org/debian', '--name', 'other'],
    expected: {
      source: { from: 'example-trixie', package: 'tool-of-example' },
      verification: { method: 'apt' },
    },
  },
];

describe('an upstream that lies, or cannot be had', () => {
  it.each<readonly [string, string, readonly string[], string, number]>([
    ['a signature of another repository', 'oci://registry.example.org/copied', [], 'SUBJECT_MISMATCH', 5],
    [
      'a tag that is no version',
      'oci://registry.example.org/team/bare:latest',
      [],
      'has no version in it',
      2,
    ],
    ['no such tag', 'oci://registry.example.org/team/bare:9.9.9', [], 'NOT_FOUND', 4],
    [
      'a key that is not the one of the documentation',
      'helm:https://charts.example.org/stable/tool',
      ['--name', 'x', '--key', 'https://keys.example.org/other.asc'],
      'SIGNER_UNTRUSTED',
      5,
    ],
    ['no such chart', 'helm:https://charts.example.org/stable/nothing', [], 'has no chart nothing', 5],
    [
      'no such version',
      'helm:https://charts.example.org/stable/tool@9.9.9',
      ['--name', 'x'],
      'and not 9.9.9',
      2,
    ],
    ['no such package', 'apt:trixie/nothing', [...ours, '--name', 'x'], 'EVIDENCE_MISSING', 5],
    [
      'another key than signed the suite',
      'apt:trixie/uidmap',
      [
        '--name',
        'x',
        '--repo',
        'https://apt.example.org/debian',
        '--key',
        'https://keys.example.org/other.asc',
      ],
      'SIGNER_UNTRUSTED',
      5,
    ],
    ['no such suite', 'apt:sid/uidmap', ['--name', 'x'], 'NOT_FOUND', 4],
    ['a hostile reference', 'apt:../../x/uidmap', [], 'names no upstream', 2],
    ['no registry', 'oci://../x', [], 'names no upstream', 2],
    ['no https', 'helm:http://charts.example.org/stable/tool', [], 'names no upstream', 2],
  ])('%s', async (_, ref, flags, said, exitCode) => {
    const before = await box.text();
    const outcome = await box.add(ref, ...flags, '--yes');
    expect(outcome.stderr).toContain(said);
    expect(outcome.exitCode).toBe(exitCode);
    expect(await box.text()).toBe(before);
  });

  it.each<readonly [string, string, ReturnType<typeof refuse>, string]>([
    [
      'a registry that is busy',
      'registry.k8s.io/v2/pause/tags/list',
      refuse(429, { 'retry-after': '600' }),
      'RATE_LIMITED',
    ],
    [
      'an index that is no YAML',
      'charts.example.org/stable/index.yaml',
      substitute(Buffer.from('<html>')),
      'EVIDENCE_MALFORMED',
    ],
    ...(
      [
        ['http://[', 'EVIDENCE_MALFORMED'],
        ['http://charts.example.org/stable/tool.tgz', 'SUBJECT_MISMATCH'],
        ['oci://registry.example.org/charts/tool:1.2.3', 'SUBJECT_MISMATCH'],
      ] as const
    ).map(([url, code]) => {
      const index = substitute(Buffer.from(indexWith(url)));
      return [`a chart at ${url}`, 'charts.example.org/stable/index.yaml', index, code] as const;
    }),
    ['a repository that is gone', 'charts.example.org/stable/index.yaml', refuse(410), 'NOT_FOUND'],
  ])('%s', async (_, path, behaviour, code) => {
    box.server.override(path, behaviour);
    const before = await box.text();
    const ref = path.startsWith('registry')
      ? 'oci://registry.k8s.io/pause'
      : 'helm:https://charts.example.org/stable/tool';
    const outcome = await box.add(ref, '--yes');
    box.server.override(path);
    expect(outcome.stderr).toContain(`[${code}]`);
    expect(await box.text()).toBe(before);
  });
});

describe('one of each shape', () => {
  it.each(shapes)('$ref as $name', async ({ ref, name, flags, accept, expected }) => {
    const before = await box.text();
    const unasked = await box.add(ref, ...flags, ...(accept === undefined ? [] : ['--yes']));
    expect(unasked.exitCode).toBe(6);
    expect(unasked.stderr).toContain('[TRUST_CHANGED]');
    const wrong = accept === undefined ? undefined : await box.add(ref, ...flags, '--accept', 'f'.repeat(40));
    expect(wrong?.exitCode ?? 5).toBe(5);
    const shown = await box.add(
      ref,
      ...flags,
      '--dry-run',
      ...(accept === undefined ? [] : ['--accept', accept]),
    );
    expect(shown.exitCode).toBe(0);
    expect(await box.text()).toBe(before);
    const added = await box.add(ref, ...flags, ...(accept === undefined ? ['--yes'] : ['--accept', accept]));
    expect(added.stderr).toContain(`${name} added`);
    expect(await dependency(name)).toMatchObject(expected);
    const written = await box.text();
    for (const again of [flags, [...flags, ...(accept === undefined ? [] : ['--accept', accept])]]) {
      expect(await box.add(ref, ...again)).toMatchObject({ exitCode: 0 });
      expect(await box.text()).toBe(written);
    }
    expect(written.startsWith('# Ours.\n')).toBe(true);
  });

  it('an image that nobody signs, by its digest, which a person names', async () => {
    const ref = 'oci://registry.example.org/team/bare';
    const unasked = await box.add(ref, '--yes');
    expect(unasked.exitCode).toBe(6);
    const digest = bareDigest(unasked);
    expect((await box.add(ref, '--accept', `sha256:${'0'.repeat(64)}`)).stderr).toContain(
      '[DIGEST_MISMATCH]',
    );
    expect(await box.add(ref, '--accept', digest)).toMatchObject({ exitCode: 0 });
    expect(await dependency('bare')).toMatchObject({
      platforms: [{ os: 'debian-13', architectures: ['amd64'] }],
      source: { from: 'bare', repository: 'team/bare', tag: 'v{version}', version: '0.4.1' },
      verification: { method: 'pinned', digests: { '0.4.1': digest } },
      learnt: 'On first use, 2026-11-20: from who serves v0.4.1.',
    });
  });

  it('resolves as it was written, twice the same', async () => {
    const manifests = () =>
      Promise.all(
        ['amd64', 'arm64'].map((arch) => readFile(`${box.directory}/tools.debian-13.${arch}.json`, 'utf8')),
      );
    const outcome = await box.run('update-manifests', ['--json']);
    expect(outcome.stderr).not.toContain('error:');
    expect(outcome.exitCode).toBe(0);
    const first = await manifests();
    expect(await box.run('update-manifests', ['--refresh', 'all'])).toMatchObject({ exitCode: 0 });
    expect(await manifests()).toEqual(first);
    for (const name of ['pause', 'tool-1.2.3.tgz', 'uidmap', 'bare']) expect(first[0]).toContain(name);
    expect(first[1]).not.toContain('grub-pc');
  });

  it('leaves a catalogue alone that has a suite in two sources', async () => {
    const text = await readFile(box.catalogue, 'utf8');
    const outcome = await box.add('apt:trixie/uidmap', '--name', 'third');
    expect(outcome.stderr).toContain('in several sources: debian-trixie, example-trixie');
    expect(outcome.exitCode).toBe(2);
    const named = await box.add('apt:example-trixie/tool-of-example', '--name', 'third', '--yes');
    expect(named.exitCode).toBe(0);
    await writeFile(box.catalogue, text);
  });

  it('takes no source for the suite because of its name', async () => {
    const text = await readFile(box.catalogue, 'utf8');
    const other = text.replaceAll('suite: trixie', 'suite: bookworm');
    await writeFile(box.catalogue, other);
    const outcome = await box.add('apt:trixie/uidmap', '--name', 'fourth', '--yes');
    expect(outcome.stderr).toContain('has another debian-trixie already');
    expect(outcome.exitCode).toBe(2);
    expect(await readFile(box.catalogue, 'utf8')).toBe(other);
    await writeFile(box.catalogue, text);
  });
});
