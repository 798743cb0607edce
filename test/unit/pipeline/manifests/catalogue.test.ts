import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type UsageError } from '../../../../src/model/errors.ts';
import { anchorKinds } from '../../../../src/verify/anchors/registry.ts';
import { createTrust, type Trust } from '../../../../src/verify/anchors/trust.ts';
import { loadCatalogue } from '../../../../src/pipeline/manifests/catalogue.ts';

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

function trustOf(pins: string): Trust {
  const file = (name: string) => ({ name, path: name, bytes: undefined });
  return createTrust({
    pinsFile: { ...file('pins.yaml'), bytes: Buffer.from(pins) },
    kinds: anchorKinds,
    file,
  });
}

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
    const pins = trustOf(`version: 1
anchors:
  keys:
    type: openpgp
    file: keys.asc
    scope: [https://example.org]
    sources: [https://example.org/keys.asc]
    fingerprints: [${'A'.repeat(40)}]
    learnt: made up for this test
`);
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

const production = readFileSync(new URL('../../../../manifests/catalogue.yaml', import.meta.url), 'utf8');

const withCharts = '\nsources:\n  charts: { type: helm, repository: https://charts.example.org }\n';

describe('an entry', () => {
  const pause = (more: string) =>
    `{ type: oci-image, ${more}, source: { from: registry-k8s, repository: pause, tag: '{version}', version: 3.9.1 }, ` +
    'verification: { method: cosign-image, identity: a@example.org, issuer: https://accounts.google.com } }';
  const server = (more: string) =>
    `{ kinds: [knd], ${more}, source: { from: debian-cloud, asset: disk }, ` +
    "verification: { method: checksum, checksums: SHA512SUMS, reason: 'Nobody signs it, in this test.' } }";
  const chart =
    '{ kinds: [knd], type: helm-chart, source: { from: charts, chart: tool, version: 1.2.3 }, ' +
    "verification: { method: helm-digest, reason: 'Nobody signs it, in this test.' } }";
  const adding = (lines: readonly string[], to = production) =>
    loadCatalogue(
      Buffer.from(`${to.replace('\nsources:\n', withCharts)}${lines.map((line) => `  ${line}\n`).join('')}`),
      'x.yaml',
    );

  it.each([
    [
      'another tag of an image that the manifest has',
      [`old-pause: ${pause('kinds: [knc]')}`],
      /:\d+:3: dependencies\.old-pause: takes the place of pause in a manifest: both are the image registry\.k8s\.io\/pause/,
    ],
    [
      'one for a platform of those that another is for',
      [`old-pause: ${pause('kinds: [knd], platforms: [{ os: debian-13, architectures: [arm64] }]')}`],
      /takes the place of pause/,
    ],
    [
      'a second OS image',
      [`other-disk: ${server('type: qcow2')}`],
      /takes the place of os-image in a manifest: both are the OS image/,
    ],
    [
      'a file that is staged under the name of another',
      [`a.tar.gz: ${server('type: binary')}`, `a: ${server('type: tar.gz')}`],
      /dependencies\.a: takes the place of a\.tar\.gz in a manifest: both are staged as a\.tar\.gz/,
    ],
    [
      'a file that is staged as the OS image is',
      [`os-image.qcow2: ${server('type: binary')}`],
      /\["os-image\.qcow2"\]: is named as the OS image is/,
    ],
    ...['zip', 'tar.xz', 'gz'].map((type): [string, readonly string[], RegExp] => [
      `what vmconfig has no rule for: ${type}`,
      [`a: ${server(`type: ${type}`)}`],
      /dependencies\.a: is of the type \S+, in a manifest with vmconfig: its install script has no rule for one/,
    ]),
    [
      'a chart beside vmconfig',
      [`charts-of: ${chart}`],
      /dependencies\.charts-of: is of the type helm-chart, in a manifest with vmconfig/,
    ],
    [
      'a stub of another name',
      [`tool: ${server('type: tar.gz, stub: true')}`],
      /dependencies\.tool: is a stub, which only a tar\.gz called vmconfig may be/,
    ],
  ])('is not %s', (_, lines, message) => {
    const load = () => adding(lines);
    expect(load).toThrow(expect.objectContaining({ code: 'CATALOGUE_INVALID', exitCode: 2 }) as UsageError);
    expect(load).toThrow(message);
  });

  const tagged = (asked: string) =>
    `{ type: oci-image, kinds: [knd], source: { from: registry-k8s, repository: tool, ${asked} }, ` +
    'verification: { method: cosign-image, identity: a@example.org, issuer: https://accounts.google.com } }';
  it.each([
    ['no version', `tag: '{version}'`, /source\.version: is missing: which one\?/],
    ['the version latest', `tag: '{version}', version: latest`, /source\.version: must be a version/],
    ['the tag latest', 'tag: latest', /source\.tag: must have \{version\} once/],
    ['the tag latest of a version', 'tag: latest, version: 1.2.3', /source\.tag: must have \{version\} once/],
    ['a tag that moves', 'tag: stable, version: 1.2.3', /source\.tag: must have \{version\} once/],
    [
      'any version',
      `tag: '{version}', versions: { range: '*' }`,
      /source\.versions\.range: must have an end/,
    ],
    ['versions without a range', `tag: '{version}', versions: {}`, /source\.versions\.range: is missing/],
    [
      'nothing but an age',
      `tag: '{version}', versions: { minimumAge: 3d }`,
      /source\.versions\.range: is missing/,
    ],
    ['a range without an end', `tag: '{version}', versions: { range: '>=1.4' }`, /must have an end/],
    ['a range with one open side', `tag: '{version}', versions: { range: '~1.4 || >2' }`, /must have an end/],
    ['the range latest', `tag: '{version}', versions: { range: latest }`, /must be a range of versions/],
  ])('is no image with %s', (_, asked, message) => {
    const load = () => adding([`tool: ${tagged(asked)}`]);
    expect(load).toThrow(expect.objectContaining({ code: 'CATALOGUE_INVALID', exitCode: 2 }) as UsageError);
    expect(load).toThrow(message);
  });

  it.each(['~1.4', '^1', '1.x', '>=1.4 <2', '1.2.3', '1.2.3 || 1.2.5', '<=2'])(
    'may be an image in %s',
    (range) => {
      expect(() =>
        adding([`tool: ${tagged(`tag: '{version}', versions: { range: '${range}' }`)}`]),
      ).not.toThrow();
    },
  );

  it('may be another tag of an image where no manifest has both', () => {
    const other = "enabled: false, reason: 'a test', kinds: [knd]";
    const added = expect.arrayContaining([expect.objectContaining({ name: 'old-pause' })]) as unknown;
    expect(adding([`old-pause: ${pause(other)}`]).dependencies).toEqual(added);
    const on = (arch: string) => `kinds: [knd], platforms: [{ os: debian-13, architectures: [${arch}] }]`;
    const pairs: readonly (readonly [string, string])[] = [
      ['kinds: [knd]', 'kinds: [knc]'],
      [on('amd64'), on('arm64')],
    ];
    for (const [own, others] of pairs) {
      const apart = production.replace(
        /^  pause:\n    kinds: .*$/m,
        `  pause:\n    ${own.replace(', p', '\n    p')}`,
      );
      expect(apart).not.toBe(production);
      expect(adding([`old-pause: ${pause(others)}`], apart).dependencies).toEqual(added);
    }
  });
});

describe('what is kept', () => {
  const keeping = (lines: string) =>
    loadCatalogue(Buffer.from(production.replace('\nsources:', `\nkeep:\n${lines}\nsources:`)), 'x.yaml');

  it('has a reason, by the name that messages have', () => {
    const lines = '  rootkit: a test\n  registry.example/x:1: another\n  os.boot: written elsewhere';
    expect({ ...keeping(lines).keep }).toEqual({
      ...{ rootkit: 'a test', 'registry.example/x:1': 'another', 'os.boot': 'written elsewhere' },
    });
    expect({ ...loadCatalogue(Buffer.from(production), 'x.yaml').keep }).toEqual({});
    expect('constructor' in keeping(lines).keep).toBe(false);
  });

  it.each([
    ['an entry that the catalogue has', 'runc: x', /keep\.runc: is for what the catalogue does not have/],
    ['one that it has not enabled', 'distribution: x', /keep\.distribution: is for what/],
    [
      'an image of a repository that it has',
      'registry.k8s.io/pause:3.9: x',
      /is for what the catalogue does/,
    ],
    ['the OS image where it has one', 'os.image: x', /is for what the catalogue does not have/],
    ['no reason', "rootkit: ''", /must not be empty/],
    ['a reason that is no text', 'rootkit: true', /must be of type string/],
    ['a name that is none', '"a b": x', /must be an entry of a manifest/],
    ['one entry twice', 'rootkit: a\n  rootkit: b', /unique/],
  ])('is not %s', (_, line, message) => {
    const load = () => keeping(`  ${line}`);
    expect(load).toThrow(expect.objectContaining({ code: 'CATALOGUE_INVALID' }) as UsageError);
    expect(load).toThrow(message);
  });
});
