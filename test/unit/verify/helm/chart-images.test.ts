/** What a chart wants, compared with what a manifest pins. */
import { describe, expect, it } from 'vitest';
import type { ManifestImage } from '../../../../src/formats/own/manifest-schema.ts';
import type { ValuesImage } from '../../../../src/formats/upstream/helm-values.ts';
import { compareChartImages } from '../../../../src/verify/helm/chart-images.ts';

const digest = (fill: string) => `sha256:${fill.repeat(64)}` as const;
const pinned = (image: string, more: Partial<ManifestImage> = {}): ManifestImage => ({
  ...{ image, digest: digest('a'), size: 1, platform: 'linux/amd64', index: digest('b') },
  ...more,
});
const manifest = [
  pinned('r.example/team/app:1.2'),
  pinned('r.example/team/app:1.1'),
  pinned('nginx:1.27'),
  pinned('r.example/tool:1'),
  pinned('localhost/tool:1'),
  { image: 'r.example/single:1', digest: digest('a'), size: 1, platform: 'linux/amd64' },
];

function judge(image: Partial<ValuesImage> & Pick<ValuesImage, 'repository'>) {
  const images = [{ path: 'web.image', tag: undefined, digest: undefined, ...image }];
  const { verdicts, others } = compareChartImages(
    { name: 'app', version: '3.0', images },
    manifest,
    'm.json',
  );
  const [{ pinned: found, error } = { pinned: undefined, error: undefined }] = verdicts;
  expect(found === undefined).toBe(error !== undefined);
  expect(others).toHaveLength(found === undefined ? 6 : 5);
  return error === undefined ? found?.image : `${error.code} ${error.message}`;
}

describe('an image of a chart', () => {
  it.each([
    [{ repository: 'r.example/team/app', tag: '1.2' }, 'r.example/team/app:1.2'],
    [{ repository: 'r.example/team/app', tag: '1.1' }, 'r.example/team/app:1.1'],
    [{ repository: 'nginx', tag: '1.27' }, 'nginx:1.27'],
    [{ repository: 'docker.io/library/nginx', tag: '1.27' }, 'nginx:1.27'],
    [{ repository: 'localhost/tool', tag: '1' }, 'localhost/tool:1'],
    [{ repository: 'r.example/single', digest: digest('a') }, 'r.example/single:1'],
    // A digest decides alone: nobody looks at the tag beside it.
    [{ repository: 'r.example/tool', digest: digest('a') }, 'r.example/tool:1'],
    [{ repository: 'r.example/tool', tag: 'x', digest: digest('b') }, 'r.example/tool:1'],
  ] as const)('that is pinned: %j', (image, expected) => {
    expect(judge(image)).toBe(expected);
  });

  it.each([
    [
      { repository: 'r.example/none', tag: '1' },
      'r.example/none:1 (web.image of its values), and no entry of m.json pins it',
    ],
    [{ repository: 's.example/team/app', tag: '1.2' }, 'and no entry of m.json pins it'],
    [{ repository: 'team/app', tag: '1.2' }, 'and no entry of m.json pins it'],
    [{ repository: 'r.example/team/app', tag: '1.3' }, 'and m.json pins 1.2 and 1.1'],
    [{ repository: 'r.example/tool', tag: '1', digest: digest('c') }, `and m.json pins ${digest('b')}`],
    [{ repository: 'r.example/tool', digest: 'sha256:' }, `and m.json pins ${digest('b')}`],
    [{ repository: 'r.example/single', digest: digest('c') }, `and m.json pins ${digest('a')}`],
    [{ repository: 'r.example/tool' }, 'wants r.example/tool (web.image of its values), which is no version'],
    [
      { repository: 'r.example/tool', tag: '1', digest: digest('c') },
      `wants r.example/tool:1@${digest('c')} (web.image`,
    ],
    [{ repository: 'r.example/tool', tag: 'latest' }, 'which is no version'],
    [{ repository: '{{ .Values.registry }}/tool', tag: '1' }, 'which names no repository'],
    [{ repository: 'R.example/Tool', tag: '1' }, 'which names no repository'],
    [{ repository: 'https://r.example/tool', tag: '1' }, 'which names no repository'],
    [{ repository: '../tool', tag: '1' }, 'which names no repository'],
    [{ repository: 'r.example/Tool', tag: '1' }, 'which names no repository'],
  ] as const)('that is not: %j', (image, expected) => {
    const found = judge(image);
    expect(found).toMatch(/^CROSS_CHECK_FAILED app 3\.0 wants /);
    expect(found).toContain(expected);
  });
});
