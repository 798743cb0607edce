import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ArchiveEntry, SourceNode } from '../../../../src/model/archive.ts';
import { planPackage, withGenerated } from '../../../../src/pipeline/package/package-tree.ts';

type Loose = Partial<Omit<SourceNode, 'path' | 'linkTarget'>> & { readonly to?: string };

function node(path: string | Uint8Array, { to, ...rest }: Loose = {}): SourceNode {
  const linkTarget = to === undefined ? undefined : Buffer.from(to, 'latin1');
  const type = to === undefined ? 'file' : 'symlink';
  return { path: Buffer.from(path as string), type, mode: 0o644, sizeBytes: 3, linkTarget, ...rest };
}

const directory = (path: string) => node(path, { type: 'directory', mode: 0o2770, sizeBytes: 4096 });
const plan = (nodes: readonly SourceNode[]) => planPackage(nodes, 'tree');
const invalid = expect.objectContaining({ code: 'TREE_INVALID', exitCode: 2 }) as Error;

describe('what goes into a package', () => {
  it('is sorted by bytes, whatever order it was found in', () => {
    const paths = ['a/b', 'a-b', 'a', 'é', 'z', 'A', 'a/b-c'];
    const nodes = paths.map((path) => (path === 'a' ? directory(path) : node(path)));
    const expected = ['A', 'a-b', 'a/b', 'a/b-c', 'z', 'é'];
    fc.assert(
      fc.property(fc.shuffledSubarray(nodes, { minLength: nodes.length }), (shuffled) => {
        expect(plan(shuffled).map(({ path }) => path)).toEqual(expected);
      }),
    );
  });

  it('has modes of its own', () => {
    const modes = [0o600, 0o664, 0o700, 0o610, 0o777, 0o000].map(
      (mode) => plan([node('f', { mode })])[0]?.mode,
    );
    expect(modes).toEqual([0o644, 0o644, 0o755, 0o755, 0o755, 0o644]);
  });

  it('has a directory only where it is empty', () => {
    expect(plan([directory('root'), node('root/f'), directory('run'), directory('run/empty')])).toEqual([
      { path: 'root/f', type: 'file', mode: 0o644, sizeBytes: 3 },
      { path: 'run/empty', type: 'directory', mode: 0o755, sizeBytes: 0 },
    ]);
  });

  it.each(['../opt/x', '/usr/bin/env', 'beside'])('keeps a link to %s as it is', (to) => {
    expect(plan([node('etc/link', { to })])).toEqual([
      { path: 'etc/link', type: 'symlink', mode: 0o777, sizeBytes: 0, linkTarget: to },
    ]);
  });

  it.each([
    ['a device, a socket or a pipe', node('dev', { type: 'other' })],
    ['a setuid file', node('su', { mode: 0o4755 })],
    ['a setgid file', node('wall', { mode: 0o2755 })],
    ['a sticky file', node('odd', { mode: 0o1644 })],
    ['a link out of the tree', node('link', { to: '../x' })],
    ['a link out of the tree, farther down', node('a/b', { to: '../../x' })],
    ['a link to the parent of the root', node('link', { to: '/../etc' })],
    ['a link to nothing', node('link', { to: '' })],
    ['a link to a name with a line feed', node('link', { to: 'a\nb' })],
    ['a link to bytes that are no text', node('link', { to: '\xff' })],
    ['a name with a line feed', node('a\nb')],
    ['a name with an escape', node('a\x1b[2J')],
    ['a name that is no UTF-8', node(Buffer.from([0x61, 0xff]))],
    ['a directory whose name is no UTF-8', { ...directory('x'), path: Buffer.from([0xc3, 0x28]) }],
  ])('is not %s', (_, bad) => {
    expect(() => plan([node('good'), bad])).toThrow(invalid);
  });

  it('is refused with all that is wrong', () => {
    const bad = [node('su', { mode: 0o4755 }), node('dev', { type: 'other' })];
    expect(() => plan(bad)).toThrow(/"dev" is a device[^]*"su" is setuid/);
  });
});

describe('files of our own', () => {
  const own: ArchiveEntry = { path: 'opt/share/m.json', type: 'file', mode: 0o644, sizeBytes: 9 };
  const add = (...entries: readonly ArchiveEntry[]) => withGenerated(entries, [own], 'tree');
  const file = (path: string): ArchiveEntry => ({ ...own, path });
  const empty = (path: string): ArchiveEntry => ({ ...own, path, type: 'directory' });

  it('stand in their place among the others', () => {
    const paths = add(file('opt/bin'), file('opt/share/m.jsonl'), file('zoo')).map(({ path }) => path);
    expect(paths).toEqual(['opt/bin', own.path, 'opt/share/m.jsonl', 'zoo']);
  });

  it('fill a directory that was empty', () => {
    expect(add(empty('opt/share'), empty('opt/other')).map(({ path }) => path)).toEqual([
      'opt/other',
      own.path,
    ]);
  });

  it.each([
    ['a file', file('opt/share/m.json')],
    ['a directory', empty('opt/share/m.json')],
    ['something in such a directory', file('opt/share/m.json/x')],
    ['a file in place of a directory above', file('opt/share')],
    ['a link in place of a directory above', { ...file('opt'), type: 'symlink', linkTarget: 'x' } as const],
  ])('are refused where there is %s of that name', (_, entry) => {
    expect(() => add(entry)).toThrow(invalid);
  });
});
