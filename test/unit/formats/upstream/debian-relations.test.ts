import { describe, expect, it } from 'vitest';
import { parseStanza } from '../../../../src/formats/upstream/deb822.ts';
import {
  packageFactsOf,
  parseRelations,
  satisfies,
  type PackageFacts,
} from '../../../../src/formats/upstream/debian-relations.ts';
import { parseDpkgStatus } from '../../../../src/formats/upstream/dpkg-status.ts';
import { VerificationError } from '../../../../src/model/errors.ts';

const facts = (text: string): PackageFacts => packageFactsOf(parseStanza(Buffer.from(text), 'x'), 'x');
const libfoo = facts('Package: libfoo\nVersion: 1:2.0-1\nArchitecture: amd64\n');

function isSatisfied(candidate: PackageFacts, text: string): boolean {
  const [relation] = parseRelations(text, 'x')[0]!.relations;
  return satisfies(candidate, relation!, 'amd64');
}

describe('a relation, as dpkg has it', () => {
  it.each([
    ['libfoo', true],
    ['libfoo (>= 2.0)', true],
    ['libfoo (>= 1:2.0-1)', true],
    ['libfoo (>> 1:2.0-1)', false],
    ['libfoo (>> 1:2.0~rc1)', true],
    ['libfoo (= 1:2.0-1)', true],
    ['libfoo (= 2.0-1)', false],
    ['libfoo (<< 1:2.0-1+b1)', true],
    ['libfoo (<= 1:2.0-1)', true],
    // Of old: "or equal".
    ['libfoo (< 1:2.0-1)', true],
    ['libfoo (> 1:2.0-1)', true],
    ['libfoo(>=1:2.0-2)', false],
    ['libfoo2', false],
    ['libfoo:amd64', true],
    ['libfoo:arm64', false],
    ['libfoo:native', true],
    // Only what is Multi-Arch: allowed is of any architecture.
    ['libfoo:any', false],
  ])('%s', (text, expected) => {
    expect(isSatisfied(libfoo, text)).toBe(expected);
  });

  it('of what is for any architecture, or for all', () => {
    const of = (fields: string) => facts(`Package: p\nVersion: 1\n${fields}`);
    expect(isSatisfied(of('Architecture: arm64\n'), 'p')).toBe(false);
    expect(isSatisfied(of('Architecture: arm64\nMulti-Arch: same\n'), 'p')).toBe(false);
    expect(isSatisfied(of('Architecture: arm64\nMulti-Arch: foreign\n'), 'p')).toBe(true);
    expect(isSatisfied(of('Architecture: arm64\nMulti-Arch: allowed\n'), 'p:any')).toBe(true);
    expect(isSatisfied(of('Architecture: all\n'), 'p')).toBe(true);
    expect(isSatisfied(of('Architecture: all\n'), 'p:arm64')).toBe(false);
  });

  it('of what is provided: without a version it satisfies none that has one', () => {
    const mta = facts(
      'Package: exim\nVersion: 9\nArchitecture: amd64\nProvides: mail-agent,\n default-mta (= 4.1), other:any\n',
    );
    expect(isSatisfied(mta, 'mail-agent')).toBe(true);
    expect(isSatisfied(mta, 'mail-agent (>= 1)')).toBe(false);
    expect(isSatisfied(mta, 'default-mta (>= 4)')).toBe(true);
    expect(isSatisfied(mta, 'default-mta (>= 5)')).toBe(false);
    expect(isSatisfied(mta, 'exim (= 9)')).toBe(true);
  });

  it('reads alternatives over several lines, and Pre-Depends first', () => {
    const { needs } = facts(
      'Package: a\nVersion: 1\nArchitecture: all\nDepends: b (>= 1) | c,\n d\nPre-Depends: libc6 (>= 2.38)\n',
    );
    expect(needs.map(({ text }) => text)).toEqual(['libc6 (>= 2.38)', 'b (>= 1) | c', 'd']);
    expect(needs[1]?.relations.map(({ name }) => name)).toEqual(['b', 'c']);
  });

  it.each(['a (1.0)', 'a (~> 1)', 'a (>= )', 'a b', '| a', 'a (>= 1', 'a [amd64]', 'ä'])(
    'refuses %s',
    (text) => {
      expect(() => parseRelations(text, 'x')).toThrow(VerificationError);
    },
  );
});

describe("dpkg's status file", () => {
  it('has what is installed, and nothing that is only unpacked or removed', () => {
    const stanza = (name: string, status: string) =>
      `Package: ${name}\nStatus: ${status}\nVersion: 1\nArchitecture: all\nDescription: d\n .\n x\n`;
    const text = [
      '',
      stanza('a', 'install ok installed'),
      ' \t\r',
      stanza('held', 'hold ok installed'),
      stanza('waits', 'install ok triggers-pending'),
      stanza('unpacked', 'install ok unpacked'),
      'Package: removed\nStatus: deinstall ok config-files\nArchitecture: all\n',
      stanza('last', 'install ok installed').trimEnd(),
    ].join('\n');
    const read = (bytes: string) => parseDpkgStatus(Buffer.from(bytes), 'status').map(({ name }) => name);
    expect(read(text)).toEqual(['a', 'held', 'waits', 'last']);
    expect(read('')).toEqual([]);
    expect(read('\n\n')).toEqual([]);
  });

  it('refuses what is none', () => {
    const read = (text: string) => () => parseDpkgStatus(Buffer.from(text), 'status');
    expect(read('no field\n')).toThrow(VerificationError);
    expect(read('Package: a\nStatus: install ok installed\n')).toThrow(/lacks Package, Version/);
  });
});
