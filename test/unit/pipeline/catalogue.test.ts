import { describe, expect, it } from 'vitest';
import { type UsageError } from '../../../src/model/errors.ts';
import { parseTrustPins } from '../../../src/formats/trust-pins.ts';
import { loadCatalogue } from '../../../src/pipeline/catalogue.ts';

const suite =
  '{ uri: https://example.org/debian, suite: trixie, codename: trixie, components: [main], signedBy: key }';
const text = (type: string) => `version: 1
kinds: [knd]
platforms: [{ os: debian-13, architectures: [amd64] }]
sources:
  debian: { type: apt, suites: [${suite}] }
dependencies:
  foo:
    kinds: [knd]
    type: ${type}
    source: { from: debian, package: foo }
    verification: { method: apt }
`;

describe('loadCatalogue', () => {
  it('takes a .deb from an apt repository', () => {
    const { dependencies } = loadCatalogue(Buffer.from(text('deb')), 'catalogue.yaml');
    expect(dependencies).toMatchObject([{ name: 'foo', type: 'deb' }]);
  });

  it('refuses what such a source cannot publish, with its line', () => {
    const load = () => loadCatalogue(Buffer.from(text('binary')), 'catalogue.yaml');
    expect(load).toThrow(expect.objectContaining({ code: 'CATALOGUE_INVALID', exitCode: 2 }) as UsageError);
    expect(load).toThrow(/catalogue\.yaml:9:11: dependencies\.foo\.type: does not come from such a source/);
  });

  it('refuses anchors that the pins lack, for every method and source, and tells all mistakes at once', () => {
    const pins = parseTrustPins(
      `version: 1
anchors:
  keys:
    type: openpgp
    file: keys.asc
    scope: [https://example.org]
    sources: [https://example.org/keys.asc]
    fingerprints: [${'A'.repeat(40)}]
    learnt: made up for this test
`,
      'pins.yaml',
    );
    const released = (name: string, verification: string) => `  ${name}:
    kinds: [knd, kdn]
    type: binary
    source: { from: files, asset: ${name} }
    verification: { ${verification} }
`;
    const whole =
      text('deb').replace(
        'dependencies:',
        "  files: { type: github-release, repository: a/b, tag: 'v{version}' }\ndependencies:",
      ) +
      released('clear', 'method: openpgp-checksums, checksums: S, form: clearsigned, signedBy: keys') +
      released(
        'beside',
        'method: openpgp-checksums, checksums: S, form: detached, signature: S.asc, signedBy: kez',
      ) +
      released(
        'keyless',
        'method: sigstore-bundle, checksum: S, bundle: B, identity: a@b.c, issuer: https://b.c',
      );
    const load = () => loadCatalogue(Buffer.from(whole), 'catalogue.yaml', pins);
    expect(load).toThrow(
      /5:131: sources\.debian\.suites\[0\]\.signedBy: names no keys of the trust anchors, found "key"/,
    );
    expect(load).toThrow(/dependencies\.beside\.verification\.signedBy: .*found "kez"/);
    expect(load).toThrow(/dependencies\.keyless\.verification\.issuer: needs Sigstore's trusted root/);
    expect(load).toThrow(/dependencies\.clear\.kinds\[1\]/);
    expect(load).not.toThrow(/clear\.verification/);
    expect(() => loadCatalogue(Buffer.from(text('deb')), 'catalogue.yaml')).not.toThrow();
  });

  it('refuses bytes that are no UTF-8', () => {
    expect(() => loadCatalogue(Uint8Array.of(0xff), 'catalogue.yaml')).toThrow(/not UTF-8/);
  });
});
