import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { refuse, substitute } from '../../../../scripts/upstream/behaviours.ts';
import { containerdSource } from '../../../../scripts/upstream/sigstore/containerd-source.ts';
import { startUpstreamServer, type UpstreamServer } from '../../../../scripts/upstream/server.ts';
import type { Manifest } from '../../../../src/formats/own/manifest.ts';
import { parseMirror } from '../../../../src/io/http/mirrors.ts';
import { PolicyError, TransportError, UsageError, VerificationError } from '../../../../src/model/errors.ts';
import { loadCatalogue } from '../../../../src/pipeline/manifests/catalogue.ts';
import { checkSandboxImage, findSharedDigests } from '../../../../src/pipeline/manifests/cross-checks.ts';
import { quickFetcher } from '../../../support/quick-fetcher.ts';
import { refusal } from '../../../support/refusals.ts';

const text = readFileSync(new URL('../../../../manifests/catalogue.yaml', import.meta.url), 'utf8');
const catalogue = loadCatalogue(Buffer.from(text), 'catalogue.yaml');
const dependency = catalogue.dependencies.find(({ name }) => name === 'pause')!;
const host = 'raw.githubusercontent.com';
const path = `${host}/containerd/containerd/v2.3.1/internal/cri/config/config.go`;

describe('the sandbox image', () => {
  let server: UpstreamServer;
  let fetcher: ReturnType<typeof quickFetcher>;
  beforeAll(async () => {
    server = await startUpstreamServer({ files: containerdSource('2.3.1', 'registry.k8s.io/pause:3.10.2') });
    fetcher = quickFetcher({
      mirrors: [parseMirror(`https://${host}=${server.url}/${host}`)],
    });
    return async () => {
      await fetcher.close();
      await server.close();
    };
  });
  const check = (image: string, memo = new Map<string, Promise<unknown>>()) =>
    checkSandboxImage({ catalogue, dependency, image, version: '2.3.1', memo }, fetcher);

  it('is the one that containerd compiles in, and is asked for once', async () => {
    const memo = new Map<string, Promise<unknown>>();
    const before = server.log.length;
    await check('registry.k8s.io/pause:3.10.2', memo);
    await check('registry.k8s.io/pause:3.10.2', memo);
    expect(server.log.slice(before)).toMatchObject([{ path, status: 200 }]);
  });

  it('is refused where it is another', async () => {
    const error = await refusal(check('registry.k8s.io/pause:3.10.1'), PolicyError, 'CROSS_CHECK_FAILED');
    expect(error.message).toContain('registry.k8s.io/pause:3.10.1');
    expect(error.message).toContain('containerd 2.3.1 uses registry.k8s.io/pause:3.10.2');
  });

  it('is refused where nobody can say', async () => {
    server.override(path, refuse(404));
    await refusal(check('registry.k8s.io/pause:3.10.2'), TransportError, 'NOT_FOUND');
    server.override(path, substitute(Buffer.from('package config\n')));
    await refusal(check('registry.k8s.io/pause:3.10.2'), VerificationError, 'EVIDENCE_MALFORMED');
    server.override(path);
  });

  it('is not compared where the catalogue does not say so', async () => {
    const { equals, ...rest } = dependency;
    expect(equals).toBeDefined();
    await checkSandboxImage(
      { catalogue, dependency: rest, image: 'x', version: '1', memo: new Map() },
      fetcher,
    );
  });
});

describe('the catalogue', () => {
  const edited = (from: string, to: string) => {
    expect(text).toContain(from);
    return Buffer.from(text.replace(from, to));
  };
  it.each([
    [
      'a dependency that is not there',
      'dependency: containerd',
      'dependency: containrd',
      'did you mean "containerd"?',
    ],
    ['one that has no tags', 'dependency: containerd', 'dependency: libpq5', 'without tags'],
    [
      'a URL that is none',
      'https://raw.githubusercontent.com/containerd',
      'http://raw.githubusercontent.com/containerd',
      'https URL',
    ],
    ['a host that is up to a version', 'https://raw.githubusercontent.com/', 'https://{tag}/', 'https URL'],
    ['another placeholder', '{tag}/internal', '{arch}/internal', 'https URL'],
    ['a constant that is none', 'constant: DefaultSandboxImage', 'constant: a.b', 'constant in Go'],
    [
      'a version and a policy',
      'version: 3.10.2 }',
      "version: 3.10.2, versions: { range: '3' } }",
      'excludes',
    ],
    ['a tag without a version', "tag: '{version}', ", 'tag: latest, ', '{version} once'],
    [
      'a source of files',
      'from: registry-k8s, repository: pause',
      'from: containerd, repository: pause',
      'repository',
    ],
    ['a constant for what is no image', 'type: oci-image', 'type: binary', 'only for container images'],
    [
      'an identity with a placeholder that is none of an image',
      'identity: krel-trust@',
      "identity: '{asset}krel-trust@k8s.example' #",
      '{asset}',
    ],
  ])('does not name %s', async (_, from, to, message) => {
    const error = await refusal(
      () => loadCatalogue(edited(from, to), 'x.yaml'),
      UsageError,
      'CATALOGUE_INVALID',
    );
    expect(error.message).toContain(message);
  });
});

describe('digests', () => {
  const digest = (letter: string) => `sha256:${letter.repeat(64)}` as const;
  const file = (letter: string) =>
    ({ version: '1', url: 'https://x.example/x', type: 'binary', digest: digest(letter), size: 1 }) as const;
  const stub = { version: 'dev', url: '', type: 'tar.gz', digest: '', size: 0 } as const;
  const manifest = (changes: Partial<Manifest['vmconfig']>): Manifest => ({
    vmconfig: {
      ...{ version: 'dev', kind: 'knc', dependencies: {}, images: [] },
      os: { name: 'debian-13', arch: 'amd64' },
      ...changes,
    },
  });
  const image = { image: 'registry.k8s.io/pause:3.10.2', digest: digest('a'), size: 1 };

  it('are of one file each', () => {
    const distinct = manifest({
      dependencies: { a: file('a'), b: file('b'), vmconfig: stub, other: stub },
      images: [{ ...image, digest: digest('c') }],
    });
    expect(findSharedDigests(distinct)).toEqual([]);
  });

  it.each<[string, Partial<Manifest['vmconfig']>, string[]]>([
    ['two files', { dependencies: { a: file('a'), b: file('b'), c: file('a') } }, ['a', 'c']],
    ['a file and an image', { dependencies: { a: file('a') }, images: [image] }, ['a', image.image]],
    [
      'a file and the OS image',
      {
        dependencies: { a: file('a') },
        os: { name: 'debian-13', arch: 'amd64', image: { ...file('a'), type: 'qcow2' } },
      },
      ['a', 'os.image'],
    ],
  ])('are refused where %s have the same', (_, changes, names) => {
    const [shared, ...others] = findSharedDigests(manifest(changes));
    expect(others).toEqual([]);
    expect(shared?.error).toBeInstanceOf(PolicyError);
    expect(shared?.error).toMatchObject({ code: 'CROSS_CHECK_FAILED', context: { names } });
    for (const name of names) expect(shared?.error.message).toContain(name);
  });

  it('are each refused: one that is shared does not hide another', () => {
    const dependencies = { a: file('a'), b: file('b'), c: file('a'), d: file('b'), e: file('a') };
    const found = findSharedDigests(manifest({ dependencies }));
    expect(found.map(({ error }) => error.context['names'])).toEqual([
      ['a', 'c', 'e'],
      ['b', 'd'],
    ]);
  });
});
