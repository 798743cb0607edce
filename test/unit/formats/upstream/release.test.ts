import { describe, expect, it } from 'vitest';
import { parseRelease, parseReleaseDate } from '../../../../src/formats/upstream/release.ts';

const hex = (character: string) => character.repeat(64);
const head = 'Suite: stable\nCodename: trixie\nDate: Thu, 01 Jan 2026 00:00:00 UTC\n';
const parse = (text: string) => parseRelease(Buffer.from(text), 'the test');
const refusal = (code: string) => expect.objectContaining({ code, exitCode: 5 }) as Error;

describe('parseRelease', () => {
  it('reads what is signed', () => {
    const release = parse(
      `${head}Valid-Until: Thu, 08 Jan 2026 00:00:00 UTC\nAcquire-By-Hash: yes\nSHA256:\n ${hex('A')} 12 main/x\n`,
    );
    expect(release).toMatchObject({ suite: 'stable', codename: 'trixie', acquireByHash: true });
    expect(release.validUntil?.toISOString()).toBe('2026-01-08T00:00:00.000Z');
    expect(release.files.get('main/x')).toEqual({
      path: 'main/x',
      sizeBytes: 12,
      digest: `sha256:${hex('a')}`,
    });
  });

  it('takes SHA256 where weaker ones stand beside it, and SHA512 where it is alone', () => {
    const both = parse(`${head}MD5Sum:\n ${'0'.repeat(32)} 1 x\nSHA256:\n ${hex('a')} 2 x\n`);
    expect(both.files.get('x')?.sizeBytes).toBe(2);
    const sha512 = parse(`${head}SHA512:\n ${'b'.repeat(128)} 3 x\n`);
    expect(sha512.files.get('x')?.digest).toMatch(/^sha512:b/);
  });

  it('takes what one section lists and the other does not, by its own digest', () => {
    const text = `SHA512:\n ${'b'.repeat(128)} 3 y\n ${'c'.repeat(128)} 2 x\nSHA256:\n ${hex('a')} 2 x\n`;
    const { files } = parse(head + text);
    expect(files.get('x')?.digest).toBe(`sha256:${hex('a')}`);
    expect(files.get('y')).toEqual({ path: 'y', sizeBytes: 3, digest: `sha512:${'b'.repeat(128)}` });
  });

  it.each([
    ['a line', `SHA256:\n ${hex('a')} 1 x\n ${hex('a')} 1 x\n`],
    ['a line, in other white space and case', `SHA256:\n ${hex('a')} 1 x\n ${hex('A')}\t  1   x \n`],
    ['the section', `SHA256:\n ${hex('a')} 1 x\nsha256:\n ${hex('a')} 1 x\n`],
    ['the Date', `SHA256:\n ${hex('a')} 1 x\nDate:  Thu, 01 Jan 2026 00:00:00 UTC \n`],
    ['the Suite', `Suite: stable\nSHA256:\n ${hex('a')} 1 x\n`],
  ])('takes %s that is there twice', (_, text) => {
    expect(parse(head + text).files.get('x')).toMatchObject({ sizeBytes: 1, digest: `sha256:${hex('a')}` });
  });

  it('takes a line of SHA512 that is there twice', () => {
    const line = ` ${'b'.repeat(128)} 3 x\n`;
    expect(parse(`${head}SHA512:\n${line}${line}`).files.get('x')?.sizeBytes).toBe(3);
  });

  it('knows whether binary-all counts', () => {
    expect(parse(`${head}SHA256:\n`).hasArchitectureAllIndex).toBe(true);
    expect(parse(`${head}Architectures: amd64\nSHA256:\n`).hasArchitectureAllIndex).toBe(false);
    expect(parse(`${head}Architectures: amd64\n all\nSHA256:\n`).hasArchitectureAllIndex).toBe(true);
    expect(parse(`${head}No-Support-for-Architecture-all: Packages\nSHA256:\n`).hasArchitectureAllIndex).toBe(
      false,
    );
  });

  it.each([
    ['no digests', head, 'ALGORITHM_REFUSED'],
    ['MD5 only', `${head}MD5Sum:\n ${'0'.repeat(32)} 1 x\n`, 'ALGORITHM_REFUSED'],
    ['no Date', `SHA256:\n ${hex('a')} 1 x\n`, 'EVIDENCE_MALFORMED'],
    ['a Date that is none', `Date: yesterday\nSHA256:\n`, 'EVIDENCE_MALFORMED'],
    ['a Valid-Until that is none', `${head}Valid-Until: soon\nSHA256:\n`, 'EVIDENCE_MALFORMED'],
    ['an empty Valid-Until', `${head}Valid-Until:\nSHA256:\n`, 'EVIDENCE_MALFORMED'],
    ['a path with two digests', `${head}SHA256:\n ${hex('a')} 1 x\n ${hex('b')} 1 x\n`, 'EVIDENCE_MALFORMED'],
    ['a path with two sizes', `${head}SHA256:\n ${hex('a')} 1 x\n ${hex('a')} 2 x\n`, 'EVIDENCE_MALFORMED'],
    [
      'a path of two sizes in two sections',
      `${head}SHA256:\n ${hex('a')} 1 x\nSHA512:\n ${'b'.repeat(128)} 2 x\n`,
      'EVIDENCE_MALFORMED',
    ],
    [
      'a path with two digests under SHA512',
      `${head}SHA512:\n ${'a'.repeat(128)} 1 x\n ${'b'.repeat(128)} 1 x\n`,
      'EVIDENCE_MALFORMED',
    ],
    [
      'a short digest beside good ones',
      `${head}SHA256:\n ${hex('a')} 1 x\nSHA512:\n abcd 1 x\n`,
      'EVIDENCE_MALFORMED',
    ],
    ['two Dates', `${head}Date: Fri, 02 Jan 2026 00:00:00 UTC\nSHA256:\n`, 'EVIDENCE_MALFORMED'],
    ['one Date in two zones', `${head}Date: Thu, 01 Jan 2026 00:00:00 GMT\nSHA256:\n`, 'EVIDENCE_MALFORMED'],
    ['two Suites', `${head}Suite: testing\nSHA256:\n`, 'EVIDENCE_MALFORMED'],
    [
      'the section twice, and differently',
      `${head}SHA256:\n ${hex('a')} 1 x\nSHA256:\n`,
      'EVIDENCE_MALFORMED',
    ],
    ['a short digest', `${head}SHA256:\n ${'a'.repeat(63)} 1 x\n`, 'EVIDENCE_MALFORMED'],
    ['a size of no digits', `${head}SHA256:\n ${hex('a')} -1 x\n`, 'EVIDENCE_MALFORMED'],
    ['a size past all sizes', `${head}SHA256:\n ${hex('a')} ${'9'.repeat(16)} x\n`, 'EVIDENCE_MALFORMED'],
    ['a line of two words', `${head}SHA256:\n ${hex('a')} x\n`, 'EVIDENCE_MALFORMED'],
  ])('refuses %s', (_, text, code) => {
    expect(() => parse(text)).toThrow(refusal(code));
  });

  it('reads the first stanza only', () => {
    const release = parse(`${head}SHA256:\n ${hex('a')} 1 x\n\nSHA256:\n ${hex('b')} 1 y\n`);
    expect([...release.files.keys()]).toEqual(['x']);
  });
});

describe('parseReleaseDate', () => {
  it.each(['UTC', 'GMT', 'Z', '+0000'])('accepts the zone %s', (zone) => {
    expect(parseReleaseDate(`Sat, 12 Sep 2026 07:55:41 ${zone}`)?.toISOString()).toBe(
      '2026-09-12T07:55:41.000Z',
    );
  });

  it.each([
    'Sat, 12 Sep 2026 07:55:41',
    'Sat, 12 Sep 2026 07:55:41 CET',
    'Sat, 12 Sep 2026 07:55:41 +0100',
    'Sat, 31 Feb 2026 07:55:41 UTC',
    'Sat, 12 Foo 2026 07:55:41 UTC',
    'Sat, 12 Sep 2026 25:00:00 UTC',
    '2026-09-12T07:55:41Z',
    '',
  ])('refuses %j', (text) => {
    expect(parseReleaseDate(text)).toBeUndefined();
  });
});
