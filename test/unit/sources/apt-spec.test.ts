import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCatalogue } from '../../../src/formats/own/catalogue.ts';
import { isUnder } from '../../../src/formats/text/https-url.ts';
import { openpgpKeys, type OpenpgpPin } from '../../../src/verify/anchors/openpgp.ts';
import { parseTrustPins } from '../../../src/verify/anchors/pins.ts';
import { catalogueSchemas } from '../../../src/pipeline/manifests/catalogue.ts';
import { aptEntrySchema, aptSourceSchema, type AptSource } from '../../../src/sources/apt-spec.ts';
import { apt } from '../../../src/verify/methods/apt.ts';

const suite = {
  uri: 'https://ftp.debian.org/debian/',
  suite: 'trixie',
  codename: 'trixie',
  components: ['main'],
  signedBy: 'debian-archive',
};
const accepts = (changes: object): boolean =>
  aptSourceSchema.safeParse({ type: 'apt', suites: [withoutUndefined({ ...suite, ...changes })] }).success;
/** As YAML has it: what is not said is not there. */
const withoutUndefined = (value: object): object =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined));

describe('aptSourceSchema', () => {
  it('reads a suite: no slash at the end of its URI, maxAge in milliseconds', () => {
    const full = { ...suite, origin: 'Debian', label: 'Debian Backports', maxAge: '30d' };
    expect(aptSourceSchema.parse({ type: 'apt', suites: [full] })).toEqual({
      type: 'apt',
      suites: [{ ...full, uri: 'https://ftp.debian.org/debian', maxAge: 2_592_000_000 }],
    });
  });

  it.each([{ suite: 'trixie/updates' }, { components: ['updates/main', 'contrib'] }, { codename: 'jammy' }])(
    'accepts %j',
    (changes) => {
      expect(accepts(changes)).toBe(true);
    },
  );

  it.each([
    { uri: 'http://ftp.debian.org/debian' },
    { uri: 'https://ftp.debian.org/debian?x' },
    { uri: 'file:///srv/debian' },
    { suite: '' },
    { suite: '..' },
    { suite: '../other' },
    { suite: 'trixie/../other' },
    { suite: '/trixie' },
    { suite: './' },
    { suite: 'trixie/' },
    { suite: './trixie' },
    { suite: 'tri xie' },
    { components: undefined },
    { unnamed: true },
    { unnamed: true, codename: undefined },
    { unnamed: false, codename: undefined, reason: 'why' },
    { unnamed: true, reason: 'why' },
    { reason: 'why' },
    { codename: undefined },
    { codename: 'a\nb' },
    { origin: '' },
    { origin: ' Debian' },
    { label: 'a\nb' },
    { label: null },
    { components: [] },
    { components: ['main', 'main'] },
    { components: ['../main'] },
    { components: 'main' },
    { signedBy: undefined },
    { signedBy: '' },
    { signedBy: '../key' },
    { signedBy: ['debian-archive'] },
    { maxAge: '0d' },
    { maxAge: 30 },
    { maxAge: 'forever' },
    { trusted: true },
  ])('refuses %j', (changes) => {
    expect(accepts(changes)).toBe(false);
  });

  const flat = { suite: './', components: undefined };

  it.each([
    flat,
    { ...flat, suite: '/' },
    { ...flat, suite: 'debian12/x86_64/' },
    { ...flat, suite: './binary/' },
    { ...flat, codename: undefined, origin: 'Example' },
    { ...flat, codename: undefined, label: 'Example' },
    { ...flat, codename: undefined, unnamed: true, reason: 'its Release has no fields' },
    { codename: undefined, unnamed: true, reason: 'its Release has no fields' },
  ])('accepts flat or without a name: %j', (changes) => {
    expect(accepts(changes)).toBe(true);
  });

  it.each([
    { ...flat, components: ['main'] },
    { ...flat, codename: undefined },
    { ...flat, codename: undefined, unnamed: true },
    ...['../', './../', 'a/../', '//', './/', '/a/', 'a//', '.a/', '%2e%2e/'].map((one) => ({
      ...flat,
      suite: one,
    })),
  ])('refuses flat: %j', (changes) => {
    expect(accepts(changes)).toBe(false);
  });

  it('knows a flat suite by its place, however it is written', () => {
    const suites = ['./', '/'].map((one) => withoutUndefined({ ...suite, ...flat, suite: one }));
    expect(aptSourceSchema.safeParse({ type: 'apt', suites }).success).toBe(false);
  });

  it('refuses no suites, and the same suite twice', () => {
    expect(aptSourceSchema.safeParse({ type: 'apt', suites: [] }).success).toBe(false);
    const again = { ...suite, uri: 'https://ftp.debian.org/debian' };
    expect(aptSourceSchema.safeParse({ type: 'apt', suites: [suite, again] }).success).toBe(false);
    const other = { ...suite, suite: 'trixie-updates' };
    expect(aptSourceSchema.safeParse({ type: 'apt', suites: [suite, other] }).success).toBe(true);
  });
});

describe('aptEntrySchema', () => {
  it.each(['libpq5', 'libstdc++6', 'g++', 'python3.13', '7zip'])('accepts %s', (name) => {
    expect(aptEntrySchema.parse({ from: 'debian', package: name })).toEqual({
      from: 'debian',
      package: name,
    });
  });

  it.each(['', 'a', 'Lib', 'a b', 'lib/x', '-x', 'libpq5:amd64', 'libpq5=1', 'libpq5\n'])(
    'refuses %j',
    (name) => {
      expect(aptEntrySchema.safeParse({ from: 'debian', package: name }).success).toBe(false);
    },
  );

  it('refuses what else is asked', () => {
    expect(aptEntrySchema.safeParse({ from: 'debian', package: 'libpq5', verify: false }).success).toBe(
      false,
    );
    expect(aptEntrySchema.safeParse({ package: 'libpq5' }).success).toBe(false);
  });
});

describe('the method apt', () => {
  it('has nothing to switch off', () => {
    expect(apt.schema.safeParse({ method: 'apt' }).success).toBe(true);
    expect(apt.schema.safeParse({ method: 'apt', signature: 'optional' }).success).toBe(false);
    expect(apt.schema.safeParse({ method: 'none' }).success).toBe(false);
  });
});

describe('the project’s own catalogue', () => {
  const root = join(import.meta.dirname, '../../..');
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  const { anchors } = parseTrustPins(read('trust/pins.yaml'), 'pins.yaml');
  const catalogue = parseCatalogue(read('manifests/catalogue.yaml'), 'catalogue.yaml', catalogueSchemas);
  const suites = Object.values(catalogue.sources)
    .filter((source) => source.type === 'apt')
    .flatMap((source) => (source as AptSource).suites);

  it('wants libpq5, uidmap and libsubid5 from Debian', () => {
    const enabled = catalogue.dependencies.filter((dependency) => dependency.enabled);
    expect(enabled.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['libpq5', 'uidmap', 'libsubid5']),
    );
  });

  it.each(suites.map((one) => [`${one.uri} ${one.suite}`, one] as const))(
    '%s: its anchor is pinned for it, and old metadata is refused',
    (_, { uri, signedBy, maxAge }) => {
      const pin = anchors[signedBy] as OpenpgpPin;
      expect(pin.type).toBe(openpgpKeys.type);
      expect(isUnder(pin.scope, uri)).toBe(true);
      expect(maxAge).toBeGreaterThan(0);
    },
  );
});
