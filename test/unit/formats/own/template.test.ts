import { describe, expect, it } from 'vitest';
import {
  fileTemplateSchema,
  fillTemplate,
  pathTemplateSchema,
  textTemplateSchema,
} from '../../../../src/formats/own/template.ts';

describe('templates', () => {
  it('are filled', () => {
    const template = 'containerd-{version}-linux-{arch}.tar.gz';
    expect(fileTemplateSchema.parse(template)).toBe(template);
    expect(fillTemplate(template, { version: '2.3.1', arch: 'amd64' })).toBe(
      'containerd-2.3.1-linux-amd64.tar.gz',
    );
    expect(fillTemplate('{kind}_{os}', { kind: 'knc', os: 'debian-13' })).toBe('knc_debian-13');
    expect(fillTemplate('{asset}.sha256', { asset: 'k3s' })).toBe('k3s.sha256');
    expect(fillTemplate('v{version}', { version: '1.35.5+k3s1' })).toBe('v1.35.5+k3s1');
  });

  it.each([
    ['a placeholder that is none', 'x-{name}'],
    ['an open brace', 'x-{version'],
    ['a brace within', 'x-{{version}}'],
    ['a path', 'a/{version}'],
    ['a query', '{version}?x'],
    ['nothing', ''],
    ['a parent', '..'],
  ])('refuse %s as a file name', (_, text) => {
    expect(fileTemplateSchema.safeParse(text).success).toBe(false);
  });

  it.each(['/abs', 'a//b', 'a/../b', '../a', 'a/', 'a b'])('refuse %j as a path', (text) => {
    expect(pathTemplateSchema.safeParse(text).success).toBe(false);
  });

  it('take an identity', () => {
    const identity =
      'https://github.com/containerd/containerd/.github/workflows/release.yml@refs/tags/v{version}';
    expect(textTemplateSchema.parse(identity)).toBe(identity);
    expect(textTemplateSchema.safeParse('a b').success).toBe(false);
  });

  it.each(['../../x', 'a/b', 'a?b', '', '.', 'a..b', '-o', 'a b', 'é', '%2e'])(
    'refuse %j as a value',
    (version) => {
      expect(() => fillTemplate('v{version}', { version })).toThrow(
        expect.objectContaining({ code: 'EVIDENCE_MALFORMED' }) as Error,
      );
    },
  );
});
