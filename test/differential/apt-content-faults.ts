/** What can be wrong with a Release, an index and a package, whoever signed it. */
import type { Random } from '../fuzz/random.ts';
import { day, hex, list, utc, type Draft, type Fault } from './apt-draft.ts';

const after = (text: string) => (before: string) => before + text;

const release = (
  name: string,
  values: (random: Random) => readonly (string | undefined)[],
): [string, Fault] => [name, (draft, random) => (draft.release[name] = random.of(values(random)))];

const linesOf = (draft: Draft) => draft.sections.get('SHA256')!;

function change(draft: Draft, name: string, each: (line: string) => string): void {
  draft.sections.set(name, draft.sections.get(name)!.map(each));
}

/** What the Release says of the index. */
const entry =
  (each: (line: string, random: Random) => string): Fault =>
  (draft, random) => {
    change(draft, 'SHA256', (line) => each(line, random));
  };

function otherDigit(text: string, random: Random, length = 64): string {
  const at = random.below(length);
  return text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1);
}

export const contentFaults: readonly [string, Fault][] = [
  ['nothing', () => undefined],
  release('Valid-Until', (random) => [
    ...[utc(Date.now() - day * (1 + random.below(400))), utc(Date.now() - 60_000), utc(Date.now() + day)],
    ...[
      'Sat, 31 Feb 2026 00:00:00 UTC',
      'tomorrow',
      '',
      '2026-01-01T00:00:00Z',
      new Date(Date.now() + day).toUTCString(),
    ],
    ...[utc(Date.now() + day).replace('UTC', '+0000'), utc(Date.now() + day).replace('UTC', 'CET')],
  ]),
  release('Date', (random) => [
    ...[utc(Date.now() + day * (1 + random.below(9))), utc(Date.now() + 30_000), undefined, '', 'yesterday'],
    ...[
      utc(Date.now() - 900 * day),
      utc(Date.now() - day).replace('UTC', '+0000'),
      'Mon, 99 Foo 2026 00:00:00 UTC',
    ],
  ]),
  release('Suite', () => ['oldstable', '', undefined, 'trixie', 'stable\tx', 'STABLE']),
  release('Codename', () => ['bookworm', '', undefined, 'Trixie']),
  release('Architectures', () => ['arm64', '', undefined, 'all', 'amd64x']),
  release('Components', () => ['contrib', '', undefined, 'main contrib', 'main main']),
  release('Acquire-By-Hash', () => ['yes', 'no', 'maybe']),
  release('No-Support-for-Architecture-all', () => ['Packages', '']),
  ['an index with another digest', entry((line, random) => otherDigit(line, random))],
  [
    'an index with another size',
    entry((line) => line.replace(/ (\d+) /, (_, size) => ` ${String(Number(size) + 1)} `)),
  ],
  [
    'an index with a digest in capitals',
    entry((line) =>
      line.toUpperCase().replace(/MAIN.*/, (path) => path.toLowerCase().replace('packages', 'Packages')),
    ),
  ],
  ['an index with a digest cut short', entry((line, random) => line.slice(1 + random.below(63)))],
  ['an index that is not listed', entry(() => '')],
  ['an index in another place', entry((line) => line.replace('main/', 'contrib/'))],
  ['an index listed twice', (draft, random) => linesOf(draft).push(otherDigit(linesOf(draft)[0]!, random))],
  ['an index listed twice, alike', (draft) => linesOf(draft).push(linesOf(draft)[0]!)],
  ['MD5Sum alone', (draft) => list(draft, ['MD5Sum'])],
  ['SHA1 alone', (draft) => list(draft, ['SHA1'])],
  ['MD5Sum and SHA1', (draft) => list(draft, ['MD5Sum', 'SHA1'])],
  ['SHA512 alone', (draft) => list(draft, ['SHA512'])],
  ['MD5Sum and SHA256', (draft) => list(draft, ['MD5Sum', 'SHA256'])],
  [
    'SHA256 and SHA512 that disagree',
    (draft, random) => {
      list(draft, ['SHA256', 'SHA512']);
      const name = random.of(['SHA256', 'SHA512'] as const)!;
      change(draft, name, (line) => otherDigit(line, random));
    },
  ],
  [
    'a wrong MD5Sum beside SHA256',
    (draft, random) => {
      list(draft, ['MD5Sum', 'SHA256']);
      change(draft, 'MD5Sum', (line) => otherDigit(line, random, 32));
    },
  ],
  [
    'a package with another digest',
    (draft, random) => (draft.stanza['SHA256'] = otherDigit(draft.stanza['SHA256']!, random)),
  ],
  [
    'a package with another size',
    (draft) => (draft.stanza['Size'] = String(Number(draft.stanza['Size']) + 1)),
  ],
  ['a package without a size', (draft) => (draft.stanza['Size'] = undefined)],
  [
    'a package with MD5 alone',
    (draft) => {
      draft.stanza['SHA256'] = undefined;
      draft.stanza['MD5sum'] = hex('md5', draft.deb);
    },
  ],
  [
    'a package with SHA1 alone',
    (draft) => {
      draft.stanza['SHA256'] = undefined;
      draft.stanza['SHA1'] = hex('sha1', draft.deb);
    },
  ],
  [
    'a package with SHA512 alone',
    (draft) => {
      draft.stanza['SHA256'] = undefined;
      draft.stanza['SHA512'] = hex('sha512', draft.deb);
    },
  ],
  ['a package with a wrong SHA512 beside SHA256', (draft) => (draft.stanza['SHA512'] = '0'.repeat(128))],
  ['a package with a wrong MD5 beside SHA256', (draft) => (draft.stanza['MD5sum'] = '0'.repeat(32))],
  ['a package without a digest', (draft) => (draft.stanza['SHA256'] = undefined)],
  [
    'a package with a digest in capitals',
    (draft) => (draft.stanza['SHA256'] = draft.stanza['SHA256']!.toUpperCase()),
  ],
  [
    'a package elsewhere',
    (draft, random) =>
      (draft.stanza['Filename'] = random.of([
        '../hello.deb',
        '/pool/hello.deb',
        './pool/hello.deb',
        'pool//hello.deb',
        'pool/../pool/hello.deb',
        undefined,
        '',
        'pool/hello.deb?x',
      ])!),
  ],
  [
    'a package for another architecture',
    (draft, random) =>
      (draft.stanza['Architecture'] = random.of(['arm64', 'all', '', undefined, 'any'] as const)!),
  ],
  [
    'a package twice, with another digest',
    (draft) => draft.stanzas.push({ ...draft.stanza, SHA256: '0'.repeat(64) }),
  ],
  ['a package twice, alike', (draft) => draft.stanzas.push({ ...draft.stanza })],
  [
    'a package, and an older one',
    (draft) => draft.stanzas.push({ ...draft.stanza, Version: '0.9', SHA256: '0'.repeat(64) }),
  ],
  [
    'other bytes',
    (draft, random) => {
      const bytes = Buffer.from(draft.deb);
      bytes[random.below(bytes.length)]! ^= 1;
      draft.deb = bytes;
    },
  ],
  ['fewer bytes', (draft) => (draft.deb = draft.deb.subarray(0, -1))],
  ['more bytes', (draft) => (draft.deb = Buffer.concat([draft.deb, Buffer.from('\n')]))],
  ['an index with other bytes', (draft) => (draft.packages = after('\n'))],
  [
    'a field twice',
    (draft, random) =>
      (draft.releaseText = after(
        random.of([
          'Suite: stable\n',
          'Codename: forky\n',
          `Date: ${utc(Date.now() - day)}\n`,
          'X-Other: 1\n',
        ])!,
      )),
  ],
  [
    'an empty line in the Release',
    (draft) => (draft.releaseText = (before) => before.replace('SHA256:', '\nSHA256:')),
  ],
  ['an empty line before the Release', (draft) => (draft.releaseText = (before) => `\n${before}`)],
];
