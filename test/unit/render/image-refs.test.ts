import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { mirroredImage } from '../../../src/formats/own/mirrored-image.ts';
import {
  imageRefLines,
  imageRefs,
  imageRefsHelmValues,
  parseRegistryHost,
} from '../../../src/render/image-refs.ts';
import { sha256 } from '../../support/manifest-sample.ts';

const images = (...names: readonly string[]) =>
  names.map((image) => mirroredImage({ image, digest: sha256, size: 1 }, 'm.json'));
const pause = 'registry.k8s.io/pause:3.10.2';

describe('imageRefs', () => {
  it.each([
    [pause, pause, `mirror/${pause}`],
    ['ghcr.io/a/b/c:v1', 'ghcr.io/a/b/c:v1', 'mirror/ghcr.io/a/b/c:v1'],
    // What docker, podman and containerd understand by them.
    ['coredns/coredns:1.11', 'docker.io/coredns/coredns:1.11', 'mirror/docker.io/coredns/coredns:1.11'],
    ['localhost/a:1', 'localhost/a:1', 'mirror/localhost/a:1'],
  ])('%s', (image, canonical, mirrored) => {
    expect(imageRefs(images(image), 'zot.example:5000')).toEqual([
      { image, canonical: `${canonical}@${sha256}`, mirrored: `zot.example:5000/${mirrored}@${sha256}` },
    ]);
  });

  it('stands in two columns, a line each', () => {
    const lines = imageRefLines(imageRefs(images(pause, 'ghcr.io/a/longer/b:1'), '[::1]:5000'));
    expect(lines.map((line) => line.split(/ +/))).toEqual([
      [`${pause}@${sha256}`, `[::1]:5000/mirror/${pause}@${sha256}`],
      [`ghcr.io/a/longer/b:1@${sha256}`, `[::1]:5000/mirror/ghcr.io/a/longer/b:1@${sha256}`],
    ]);
    expect(new Set(lines.map((line) => line.indexOf('[')))).toHaveLength(1);
    expect(imageRefLines([])).toEqual([]);
  });

  it('refuses a registry with a port: no repository can be called so', () => {
    expect(() => images('localhost:5000/a:1')).toThrow(
      /m\.json names localhost:5000\/a:1, which no repository/,
    );
  });
});

describe('imageRefsHelmValues', () => {
  const of = (...names: readonly string[]) => imageRefsHelmValues(images(...names), 'zot.example');

  it('has an image under its repository, two of one repository under their tags too', () => {
    const at = (repository: string, tag: string) => ({
      ...{ registry: 'zot.example', repository: `mirror/${repository}`, tag, digest: sha256 },
    });
    expect(parse(of(pause, 'ghcr.io/a/pause:1', 'ghcr.io/b:1', 'ghcr.io/b:2'))).toEqual({
      images: {
        'registry.k8s.io/pause': at('registry.k8s.io/pause', '3.10.2'),
        'ghcr.io/a/pause': at('ghcr.io/a/pause', '1'),
        'ghcr.io/b:1': at('ghcr.io/b', '1'),
        'ghcr.io/b:2': at('ghcr.io/b', '2'),
      },
    });
    expect(parse(of())).toEqual({ images: {} });
  });

  it.each(['1.10', 'on', 'y', 'null', '1e3', '0x10', '012', '1_000', '0o7', '2026-11-29'])(
    'leaves the tag %s a text, in YAML 1.1 as well',
    (tag) => {
      expect(parse(of(`ghcr.io/a:${tag}`), { version: '1.1' })).toMatchObject({
        images: { 'ghcr.io/a': { tag } },
      });
    },
  );
});

describe('parseRegistryHost', () => {
  it.each([
    ...['registry.example', 'registry.example:5000', 'localhost', 'zot:443', '10.0.0.1', '10.0.0.1:5000'],
    ...['[::1]', '[2001:db8::1]:5000', 'xn--bcher-kva.example'],
  ])('takes %s', (host) => {
    expect(parseRegistryHost(host)).toBe(host);
  });

  it.each([
    ...[
      '',
      'https://registry.example',
      'registry.example/',
      'registry.example/mirror',
      'registry.example:',
      'zot',
    ],
    ...['registry.example:0', 'registry.example:65536', 'registry.example:05', 'registry.example:x', ':5000'],
    ...[
      '-a.example',
      'a-.example',
      'a..example',
      'a_b.example',
      'A.example',
      `${'a'.repeat(64)}.example`,
      'a b.example',
    ],
    ...[
      '10.0.0.256',
      '10.1',
      '1.2.3.04',
      'registry.1',
      '::1',
      '[::1',
      '[::g]:1',
      '[1.2.3.4]',
      '[fe80::1%25eth0]',
    ],
    ...[
      'a.example\n',
      '$(id).example',
      "a'.example",
      `${'a.'.repeat(130)}example`,
      'a.example?x',
      'a.example#x',
      '{{ .Host }}',
    ],
  ])('refuses %j', (host) => {
    expect(() => parseRegistryHost(host)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  it('shows no password', () => {
    for (const text of ['user:hunter2@registry.example', 'https://u:hunter2@a.example', 'hunter2']) {
      try {
        parseRegistryHost(text);
        expect.unreachable();
      } catch (error) {
        expect(String(error)).not.toContain('hunter2');
      }
    }
  });
});
