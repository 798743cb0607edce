import { describe, expect, it } from 'vitest';
import { type UsageError } from '../../../src/model/errors.ts';
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

  it('refuses bytes that are no UTF-8', () => {
    expect(() => loadCatalogue(Uint8Array.of(0xff), 'catalogue.yaml')).toThrow(/not UTF-8/);
  });
});
