/** Versions out of tags: only what the template makes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../src/model/errors.ts';
import { versionInTag, versionOfTag } from '../../../src/sources/tag.ts';
import { refusal } from '../../support/refusals.ts';

const where = 'https://example.org/stable.txt';

describe('versions in tags', () => {
  it.each([
    ['v1.37.0', 'v{version}', '1.37.0'],
    ['1.0.0', '{version}', '1.0.0'],
    ['v2.0.0-rc.1', 'v{version}', '2.0.0-rc.1'],
    ['v1.2.3+build.7', 'v{version}', '1.2.3+build.7'],
    ['release-7-final', 'release-{version}-final', '7'],
    ['v1', 'v{version}', '1'],
  ])('reads %s by %s', (tag, template, version) => {
    expect(versionInTag(tag, template)).toBe(version);
  });

  it.each([
    ['no prefix', '1.37.0', 'v{version}'],
    ['a prefix twice', 'vv1.37.0', 'v{version}'],
    ['a prefix that nobody expects', 'v1.37.0', '{version}'],
    ['another prefix', 'api/v1.37.0', 'v{version}'],
    ['a prefix in capitals', 'V1.37.0', 'v{version}'],
    ['no suffix', 'v1.37.0', 'v{version}-final'],
    ['prefix and suffix that overlap', 'abc', 'ab{version}bc'],
    ['nothing between prefix and suffix', 'v-final', 'v{version}-final'],
    ['a prefix alone', 'v', 'v{version}'],
    ['nothing', '', '{version}'],
    ['no digit at its start', 'vlatest', 'v{version}'],
    ['a path', 'v1/../../evil', 'v{version}'],
    ['an encoded path', 'v1%2f..', 'v{version}'],
    ['two dots in a row', 'v1..2', 'v{version}'],
    ['a query', 'v1?x', 'v{version}'],
    ['a space', 'v1 0', 'v{version}'],
    ['a line end', 'v1.0\n', 'v{version}'],
    ['a letter of another script', 'v1.0\u0430', 'v{version}'],
  ])('refuses %s', async (_what, tag, template) => {
    expect(versionInTag(tag, template)).toBeUndefined();
    await refusal(() => versionOfTag(tag, { tag: template }, where), VerificationError, 'EVIDENCE_MALFORMED');
  });

  it('are of the ordering that the catalogue names, where one tag was named', async () => {
    expect(versionOfTag('v1.37.0', { tag: 'v{version}' }, where)).toBe('1.37.0');
    const cloud = { tag: '{version}', ordering: 'debian' } as const;
    expect(versionOfTag('20260512-2476', cloud, where)).toBe('20260512-2476');
    const { hint } = await refusal(
      () => versionOfTag('20260512-2476', { tag: '{version}' }, where),
      VerificationError,
      'EVIDENCE_MALFORMED',
    );
    expect(hint).toContain('ordering');
  });

  it('gives back what a template was filled with, and refuses anything else', () => {
    const affix = fc.stringMatching(/^[a-z-]{0,8}$/);
    const version = fc.stringMatching(/^[0-9](?:\.?[A-Za-z0-9+~-]){0,6}$/);
    fc.assert(
      fc.property(affix, version, affix, (before, text, after) => {
        expect(versionInTag(before + text + after, `${before}{version}${after}`)).toBe(text);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (tag) => {
        try {
          expect(`v${versionOfTag(tag, { tag: 'v{version}' }, where)}`).toBe(tag);
        } catch (error) {
          expect(error).toBeInstanceOf(VerificationError);
          expect(error).toHaveProperty('code', 'EVIDENCE_MALFORMED');
        }
      }),
    );
  });
});
