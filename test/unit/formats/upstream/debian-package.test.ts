import { describe, expect, it } from 'vitest';
import { dataArchiveOf } from '../../../../src/formats/upstream/debian-package.ts';

const member = (name: string, content: string, size = String(content.length)) =>
  `${name.padEnd(16)}${'0'.padEnd(12)}0     0     100644  ${size.padEnd(10)}\`\n${content}${content.length % 2 === 1 ? '\n' : ''}`;
const deb = (...members: readonly string[]) => Buffer.from(`!<arch>\n${members.join('')}`, 'latin1');
const version = member('debian-binary', '2.0\n');
const control = member('control.tar.xz', 'odd');

describe('the files of a .deb', () => {
  it.each([
    ['data.tar.xz', 'xz'],
    ['data.tar.gz', 'gz'],
    ['data.tar/', 'none'],
    ['data.tar.zst', undefined],
  ])('%s', (name, compression) => {
    const read = dataArchiveOf(deb(version, control, member(name, 'content')), 'x.deb');
    expect([Buffer.from(read.bytes).toString(), read.compression]).toEqual(['content', compression]);
  });

  it.each([
    ['no ar archive', Buffer.from('PK')],
    ['no data in it', deb(version, control)],
    ['a member that is cut short', deb(version, member('data.tar.xz', 'abc', '4000'))],
    ['a size that is none', deb(version, member('data.tar.xz', 'abc', '-3'))],
    ['a header that is cut short', deb(version, 'data.tar.xz')],
  ])('%s is refused', (_, bytes) => {
    expect(() => dataArchiveOf(bytes, 'x.deb')).toThrow('x.deb is no whole .deb');
  });
});
