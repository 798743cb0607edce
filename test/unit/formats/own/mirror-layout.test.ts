/** Where a mirror has its files, and where it is asked for them, is one thing said twice. */
import { describe, expect, it } from 'vitest';
import { hasLayout, manifestPath, mirrorPath, mirrorUrl } from '../../../../src/formats/own/mirror-layout.ts';
import { UsageError } from '../../../../src/model/errors.ts';
import { sampleManifest } from '../../../support/manifest-sample.ts';
import { refusal } from '../../../support/refusals.ts';

const tool = (segment: string) => ({
  ...{ key: 'tool', version: '1.0+1', url: `https://origin.example/v1/${segment}` },
});
const base = 'https://mirror.example/base';

describe('a file', () => {
  it.each([
    ['tool.tgz', 'tool.tgz'],
    ['tool+1~2.deb', 'tool+1~2.deb'],
    ['tool%2B1%7E2.deb', 'tool+1~2.deb'],
  ])('%s is on the disk as a server finds it that is asked for it', (segment, name) => {
    const path = mirrorPath(tool(segment), 'a.json');
    expect(path).toBe(`vmconfig/artifacts/tool/1.0+1/${name}`);
    const url = mirrorUrl(base, tool(segment));
    expect(url).toBe(`${base}/vmconfig/artifacts/tool/1.0+1/${segment}`);
    expect(decodeURIComponent(new URL(url).pathname)).toBe(`/base/${path}`);
  });

  it.each(['', '.hidden', '..', '%2e%2e', 'a%2Fb', 'a%5Cb', 'a%00b', '-rf', 'a%20b'])(
    'cannot be called after %j',
    async (segment) => {
      const error = await refusal(() => mirrorPath(tool(segment), 'a.json'), UsageError, 'MANIFEST_INVALID');
      expect(error.message).toContain('a.json names https://origin.example/v1/');
    },
  );
});

describe('the layout', () => {
  it('has what is a manifest by its name, and every artifact', () => {
    expect(hasLayout(manifestPath(sampleManifest()))).toBe(true);
    expect(hasLayout(mirrorPath(tool('tool'), 'a.json'))).toBe(true);
  });

  it.each([
    'manifests/notes.txt',
    'manifests/vmconfig_knc_debian-13_s390x.json',
    'manifests/vmconfig_knc.json',
  ])('is not that of %s, which somebody else put there', (path) => {
    expect(hasLayout(path)).toBe(false);
  });
});
