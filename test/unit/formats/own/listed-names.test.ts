import { describe, expect, it } from 'vitest';
import { listedNames } from '../../../../src/formats/own/listed-names.ts';
import { nameSorts } from '../../../../src/model/command-spec.ts';

describe('listedNames', () => {
  const catalogue = {
    kinds: ['knd', 'knc', 'knd'],
    platforms: [{ os: 'debian-13', architectures: ['amd64', 'arm64'] }],
    dependencies: { libpq5: {}, runc: { providers: ['aws'] }, pause: { providers: ['aws', 'gcp'] } },
    anchors: { sigstore: {} },
  };

  it.each([
    ['entries', ['libpq5', 'runc', 'pause']],
    ['kinds', ['knd', 'knc']],
    ['systems', ['debian-13']],
    ['architectures', ['amd64', 'arm64']],
    ['providers', ['aws', 'gcp']],
    ['anchors', ['sigstore']],
  ] as const)('%s', (sort, names) => {
    expect(listedNames(catalogue, sort)).toEqual(names);
  });

  it.each([
    null,
    7,
    'text',
    [],
    { kinds: 'knd', platforms: {}, dependencies: [1], anchors: null },
    {
      kinds: [1, null, {}],
      platforms: [null, 3, { os: 5, architectures: 'amd64' }],
      dependencies: { '': null, ' ': 3, _: { providers: 'aws' } },
    },
  ])('%j is not right, and has no names that could be', (value) => {
    for (const sort of nameSorts) {
      expect(listedNames(value, sort)).toEqual([]);
    }
  });

  it.each([
    '$(reboot)',
    '`x`',
    'a b',
    "it's",
    '-rf',
    '--json',
    'a;b',
    'a\nb',
    'a\tb',
    '\u001b[31m',
    'A',
    'é',
    '../x',
    '*',
  ])('%j is no name that is told', (name) => {
    expect(listedNames({ kinds: [name], dependencies: { [name]: {} } }, 'kinds')).toEqual([]);
    expect(listedNames({ kinds: [name], dependencies: { [name]: {} } }, 'entries')).toEqual([]);
  });
});
