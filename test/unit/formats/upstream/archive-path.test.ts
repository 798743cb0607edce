import { posix } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTargetBelowRoot, parseArchivePath } from '../../../../src/formats/upstream/archive-path.ts';

describe('names in archives', () => {
  it.each([
    ['opt/tool', 'opt/tool'],
    ['./opt/tool', 'opt/tool'],
    ['opt/dir/', 'opt/dir'],
    ['./', ''],
    ['.', ''],
    ['a...b/..c', 'a...b/..c'],
    ['naïve name', 'naïve name'],
  ])('reads %j', (name, path) => {
    expect(parseArchivePath(name)).toBe(path);
  });

  it.each([
    '',
    '/',
    '/etc/passwd',
    '//etc',
    './/etc',
    '..',
    '../x',
    'a/..',
    'a/../b',
    'a/./b',
    'a//b',
    'a//',
    'a\nb',
    'a\0b',
    'a\x1b[2Jb',
    'a\u2028b',
    'a\ufffdb',
    'a'.repeat(4097),
  ])('refuses %j', (name) => {
    expect(parseArchivePath(name)).toBeUndefined();
  });

  it('never gives a path that leads out', () => {
    const part = fc.constantFrom('..', '.', '', 'a', '/', '//', './', '../', '\\', 'b');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), fc.constantFrom('/', ''), (parts, glue) => {
        const path = parseArchivePath(parts.join(glue));
        fc.pre(path !== undefined);
        expect(posix.resolve('/root', path)).toMatch(/^\/root(?:\/|$)/);
        if (path !== '') expect(posix.normalize(path)).toBe(path);
      }),
    );
  });
});

describe('targets of links', () => {
  it.each([
    ['etc/link', '../opt/x', true],
    ['etc/link', 'x/../../opt', true],
    ['link', '.', true],
    ['link', '/usr/lib', true],
    ['link', '..', false],
    ['etc/link', '../../opt', false],
    ['etc/link', 'x/../../../x', false],
    ['etc/link', '/usr/../x', false],
  ])('%s -> %s: %s', (path, target, expected) => {
    expect(isTargetBelowRoot(path, target)).toBe(expected);
  });
});
