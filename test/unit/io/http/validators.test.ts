import { describe, expect, it } from 'vitest';
import { parseHttpDate, validatorsOf } from '../../../../src/io/http/validators.ts';

const modified = 'Thu, 19 Nov 2026 00:00:00 GMT';
const later = 'Fri, 20 Nov 2026 00:00:00 GMT';
const receivedAtMs = Date.UTC(2026, 10, 28);
const lastModifiedOf = (headers: Record<string, string | string[]>, atMs = receivedAtMs) =>
  validatorsOf({ headers }, atMs).lastModified;

describe('Last-Modified as a validator', () => {
  it('is what is older than the answer by a second or more', () => {
    expect(lastModifiedOf({ 'last-modified': modified, date: later })).toBe(modified);
    expect(lastModifiedOf({ 'last-modified': modified, date: 'Thu, 19 Nov 2026 00:00:01 GMT' })).toBe(
      modified,
    );
  });

  it('is none in the same second, in which the file could change once more', () => {
    expect(lastModifiedOf({ 'last-modified': modified, date: modified })).toBeUndefined();
  });

  it('is none where it is later than Date (RFC 9110, section 8.8.2.1)', () => {
    expect(lastModifiedOf({ 'last-modified': later, date: modified })).toBeUndefined();
    expect(lastModifiedOf({ 'last-modified': 'Tue, 01 Jan 2030 00:00:00 GMT', date: later })).toBeUndefined();
  });

  it('is measured by the time of arrival where there is no Date (section 6.6.1)', () => {
    expect(lastModifiedOf({ 'last-modified': modified })).toBe(modified);
    expect(lastModifiedOf({ 'last-modified': 'Sat, 28 Nov 2026 00:00:00 GMT' })).toBeUndefined();
    expect(lastModifiedOf({ 'last-modified': 'Sun, 29 Nov 2026 00:00:00 GMT' })).toBeUndefined();
  });

  it('is none in the future, though Date is there as well', () => {
    const headers = {
      'last-modified': 'Tue, 01 Jan 2030 00:00:00 GMT',
      date: 'Wed, 02 Jan 2030 00:00:00 GMT',
    };
    expect(lastModifiedOf(headers)).toBeUndefined();
  });

  it.each([['Fri, 20 Nov 2026'], ['2026-11-20T00:00:00Z'], [''], ['tomorrow'], [[later, later]]])(
    'is none where Date is %j',
    (date) => {
      expect(lastModifiedOf({ 'last-modified': modified, date })).toBeUndefined();
    },
  );

  it.each([
    ['0'],
    ['2026-11-19T00:00:00Z'],
    ['Thursday, 19-Nov-26 00:00:00 GMT'],
    ['Thu Nov 19 00:00:00 2026'],
    ['Thu, 19 Nov 2026 00:00:00 +0000'],
    ['Thu, 19 Nov 2026 99:00:00 GMT'],
    [`${modified}\r\nX: y`],
    [[modified, modified]],
  ])('is none where it is %j', (value) => {
    expect(lastModifiedOf({ 'last-modified': value, date: later })).toBeUndefined();
    expect(parseHttpDate(value)).toBeUndefined();
  });
});

describe('an ETag as a validator', () => {
  it.each(['"a"', 'W/"a"', '""'])('is %s', (etag) => {
    expect(validatorsOf({ headers: { etag } }, receivedAtMs).etag).toBe(etag);
  });

  it.each([['a'], ['"a" "b"'], ['w/"a"'], ['"a\r\nX: y"'], [`"${'a'.repeat(513)}"`], [['"a"', '"b"']]])(
    'is not %j',
    (etag) => {
      expect(validatorsOf({ headers: { etag } }, receivedAtMs).etag).toBeUndefined();
    },
  );
});
