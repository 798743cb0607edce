import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { storeXz } from '../../../scripts/upstream/xz-store.ts';
import { archiveTypes, type FileType } from '../../../src/model/artifact.ts';
import { VerificationError } from '../../../src/model/errors.ts';
import { hasSignature, headBytes, verifyFileType } from '../../../src/verify/file-type.ts';

const beginnings: Readonly<Record<string, readonly string[]>> = {
  zip: ['504b03041400', '504b05060000'],
  gz: ['1f8b08000000'],
  xz: ['fd377a585a00'],
  zst: ['28b52ffd2400'],
  bz2: ['425a68393141', '425a68313141'],
};
const packing = (type: string) => type.replace(/^tar\./, '').replace('helm-chart', 'gz');
const verdict = (hex: string, type: FileType) => {
  try {
    verifyFileType(Buffer.from(hex, 'hex').subarray(0, headBytes), type, 'https://example.org/tool');
    return 'right';
  } catch (error) {
    if (error instanceof VerificationError) return error.code;
    throw error;
  }
};
const judged = [...archiveTypes, 'helm-chart'] as const;

describe('the first bytes of a file', () => {
  it.each(judged)('of %s are its own, and of no other kind of packing', (type) => {
    for (const [name, starts] of Object.entries(beginnings)) {
      const expected = name === packing(type) ? 'right' : 'TYPE_MISMATCH';
      expect(starts.map((start) => verdict(start, type))).toEqual(starts.map(() => expected));
    }
  });

  it.each(judged)('of %s are compared in each bit', (type) => {
    const [start = ''] = beginnings[packing(type)]!;
    const shown = { gz: 3, zip: 4, zst: 4, bz2: 3, xz: 6 }[packing(type)]!;
    for (let bit = 0; bit < shown * 8; bit += 1) {
      const flipped = Buffer.from(start, 'hex');
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(verdict(flipped.toString('hex'), type)).toBe('TYPE_MISMATCH');
    }
  });

  it.each(judged)('of %s are all there', (type) => {
    const [start = ''] = beginnings[packing(type)]!;
    for (const short of ['', start.slice(0, 2), start.slice(0, 4)])
      expect(verdict(short, type)).toBe('TYPE_MISMATCH');
    expect(verdict(Buffer.from('<!DOCTYPE html>').toString('hex'), type)).toBe('TYPE_MISMATCH');
    for (const size of ['0', ':']) {
      expect(verdict(Buffer.from(`BZh${size}`).toString('hex'), type)).toBe('TYPE_MISMATCH');
    }
  });

  it('are those that packers write', () => {
    expect(verdict(gzipSync('x').toString('hex'), 'gz')).toBe('right');
    expect(verdict(storeXz(Buffer.from('x')).toString('hex'), 'tar.xz')).toBe('right');
  });

  it('say nothing of what a VM installs, or runs', () => {
    const types = ['binary', 'deb', 'tar.gz', 'qcow2', undefined] as const;
    expect(types.filter((type) => hasSignature(type))).toEqual([]);
    expect(judged.every((type) => hasSignature(type))).toBe(true);
    expect(() => verifyFileType(Buffer.from('#!/bin/sh'), 'binary', 'tool')).not.toThrow();
  });

  it('are named in what is said', () => {
    const head = Buffer.from('<html></html>').subarray(0, headBytes);
    expect(() => verifyFileType(head, 'zip', 'https://example.org/tool.zip')).toThrow(
      /^https:\/\/example\.org\/tool\.zip is no zip: expected 504b0304 at its beginning, found 3c68746d6c3e$/,
    );
    expect(() => verifyFileType(Buffer.alloc(0), 'zip', 'tool.zip')).toThrow('found nothing');
  });
});
