import { describe, expect, it } from 'vitest';
import { blobBundle } from '../../../../scripts/upstream/sigstore/renderings.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { findBundles } from '../../../../src/verify/sigstore/bundle-file.ts';
import { maxBundleBytes } from '../../../../src/verify/sigstore/bundle.ts';
import { refusal } from '../../../support/refusals.ts';
import { sign } from '../../../support/throwaway-sigstore.ts';

const good = blobBundle(sign());
const other = blobBundle(sign());
const third = blobBundle(sign());
const indented = (bundle: string) => JSON.stringify(JSON.parse(bundle), null, 2);
const lines = (text: string) => findBundles(Buffer.from(text), 'file');
const namesOf = (text: string) => lines(text).map(({ what }) => what);

describe('findBundles', () => {
  it('reads one document, in one line or many', () => {
    for (const text of [good, `${good}\n`, `\n\n${good}\r\n`, indented(good)]) {
      expect(namesOf(text)).toEqual(['file']);
      expect(lines(text)[0].read().bundle.mediaType).toContain('0.3');
    }
  });

  it('counts no line that is blank', () => {
    expect(namesOf('{nothing}\n\n \n')).toEqual(['file']);
    expect(namesOf('x\n{nothing}')).toEqual(['file, line 2']);
  });

  it('reads one document whose first line looks like a whole one, and which has more of them than bundles may be', () => {
    const object = JSON.parse(good) as Record<string, unknown>;
    const { verificationMaterial, ...others } = object;
    const rest = JSON.stringify(others).slice(1);
    const text = `{"verificationMaterial":${JSON.stringify(verificationMaterial)}\n,${rest}`;
    expect(namesOf(text)).toEqual(['file']);
    expect(lines(text)[0].read().bundle.mediaType).toContain('0.3');
    const list = Array.from({ length: 257 }, (_, index) => `{"a":${index}}`).join('\n,\n');
    expect(namesOf(`[\n${list}\n]`)).toEqual(['file']);
  });

  it('reads one document a line, and calls each by its number', () => {
    expect(namesOf(`${good}\n${other}\r\n\n${third}\n`)).toEqual([
      'file, line 1',
      'file, line 2',
      'file, line 4',
    ]);
    for (const line of lines(`\ufeff\n${good}\r\n\t\n${other}`)) expect(line.read()).toBeDefined();
  });

  it('reads a line between blanks, and the least that is an object', () => {
    for (const blanks of [' ', '\t', ' \t', '\r']) {
      expect(namesOf(`${blanks}${good}\n${other}`)).toHaveLength(2);
      expect(namesOf(`${good}${blanks}\n${other}`)).toHaveLength(2);
    }
    expect(namesOf(`{a}\n${good}`)).toEqual(['file, line 1', 'file, line 2']);
    expect(namesOf(`{}\n${good}`)).toEqual(['file, line 2']);
  });

  it('reads a line that is there twice once', () => {
    expect(namesOf(`${good}\n${other}\n${good}\n ${good} \n`)).toEqual(['file, line 1', 'file, line 2']);
  });

  it.each([
    ['text', 'not a bundle'],
    ['a line that is cut short', good.slice(0, -2)],
    ['a line that lost its start', good.slice(1)],
    ['a list', `[${good}]`],
    ['a number', '17'],
    ['a comment', '# attestations of v1.0.0'],
    ['an indented document', indented(other)],
  ])('passes over %s, before a bundle and behind it', (_, line) => {
    for (const text of [`${line}\n${good}\n`, `${good}\n${line}\n`]) {
      const [only, ...others] = lines(text);
      expect(others).toEqual([]);
      expect(only.read().bundle.mediaType).toContain('0.3');
    }
  });

  it.each([
    ['an unknown media type', good.replace('bundle.v0.3', 'bundle.v9.9')],
    ['a field that is not known', good.replace('{', '{"surprise":1,')],
    ['an envelope alone', '{"payloadType":"application/vnd.in-toto+json","payload":"AAAA","signatures":[]}'],
    ['another object', '{"a":1}'],
    ['an object that is no JSON', '{nothing}'],
    ['an object that lacks its end', good.slice(0, -1)],
  ])('keeps %s to itself', async (_, line) => {
    const [first, second] = lines(`${line}\n${good}\n`);
    await refusal(() => first.read(), VerificationError, 'EVIDENCE_MALFORMED');
    expect(second!.read()).toBeDefined();
  });

  it.each([
    ['a line that is cut short', good.slice(0, -1)],
    ['nothing', ''],
    ['empty lines', '\n\n'],
    ['a list of bundles', `[\n${good},\n${other}\n]`],
    ['a list of one bundle', `[\n${good}\n]`],
    ['text', 'not\na\nbundle'],
  ])('refuses %s alone, as one document', async (_, text) => {
    expect(namesOf(text)).toEqual(['file']);
    await refusal(() => lines(text)[0].read(), VerificationError, 'EVIDENCE_MALFORMED');
  });

  it('does not take the lines of an indented document for bundles', () => {
    // Closed on the line that it opens on, as some programs print short objects.
    const text = indented(good).replace(/\{\s*"rawBytes": ("[^"]*")\s*\}/, '\n{ "rawBytes": $1 }\n');
    expect(text).toMatch(/^\{ "rawBytes".*\}$/m);
    expect(namesOf(text)).toEqual(['file']);
    expect(lines(text)[0].read()).toBeDefined();
  });

  it('refuses more bundles than anybody publishes, and more bytes, unread', async () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => `{"a":${index}}\n`).join('');
    expect(namesOf(many(256))).toHaveLength(256);
    await refusal(() => lines(many(257)), VerificationError, 'LIMIT_EXCEEDED');
    await refusal(() => lines(' '.repeat(maxBundleBytes + 1)), VerificationError, 'LIMIT_EXCEEDED');
  });

  it('takes a time that grows with the file, and not faster', () => {
    for (const text of [
      '{}\n'.repeat(2_000_000),
      '\n'.repeat(8_000_000),
      `${'{'.repeat(4_000_000)}\n{a}`,
      `${' '.repeat(4_000_000)}\n{a}\n${'{'.repeat(4_000_000)}`,
    ]) {
      expect(lines(text).length).toBeLessThan(3);
    }
  });
});
