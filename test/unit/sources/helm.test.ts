/** The source kind `helm`: charts by an index and in a registry, signed, pinned, or by their host's word alone. */
import { describe, expect, it } from 'vitest';
import { substitute } from '../../../scripts/upstream/behaviours.ts';
import {
  helmChart,
  helmIndex,
  helmRepository,
  publishHelmRepository,
  type HelmChart,
} from '../../../scripts/upstream/helm.ts';
import { ociDigest, renderJson } from '../../../scripts/upstream/oci-image.ts';
import { publishRegistry } from '../../../scripts/upstream/oci-registry.ts';
import { generateSigningKey } from '../../../scripts/upstream/signing-key.ts';
import { contentHex } from '../../../scripts/upstream/virtual-file.ts';
import { AssayError } from '../../../src/model/errors.ts';
import { helmEntrySchema, helmSchema } from '../../../src/sources/helm-spec.ts';
import type { Resolution } from '../../../src/sources/source.ts';
import { openCharts, type ChartQuestion } from '../../support/chart-upstream.ts';

const at = new Date('2026-11-18T09:00:00Z');
const createdAt = new Date('2025-01-01T00:00:00Z');
const key = await generateSigningKey({ owner: 'Charts', createdAt });
const stranger = await generateSigningKey({ owner: 'Mallory', createdAt });

const folder = 'charts.example.org/stable';
const provenance = { method: 'helm-provenance', signedBy: 'charts' };
const hostsWord = { method: 'helm-digest', reason: 'nobody signs this chart' };
const asked = { source: { repository: `https://${folder}` }, entry: { chart: 'tool', version: '1.2.3' } };
const inRegistry = { ...asked, source: { repository: 'oci://registry.example.org/charts' } };

const chart = (version: string, more: Partial<Parameters<typeof helmChart>[0]> = {}) =>
  helmChart({ name: 'tool', version, at, key, ...more });
const [older, wanted, unsigned] = await Promise.all([
  chart('1.2.2'),
  chart('1.2.3'),
  chart('1.2.3', { key: undefined }),
]);
const other = await helmChart({ name: 'tool-operator', version: '9.0.0', at });
const digest = `sha256:${contentHex(wanted.archive, 'sha256')}`;

type Charts = readonly HelmChart[];
const pinnedTo = (digests: object) => ({ method: 'pinned', reason: 'nobody signs this chart', digests });

function outcomeOf(resolution: Resolution): string {
  if (resolution.status === 'resolved') return resolution.verified.result.assurance;
  if (resolution.status === 'current') return 'current';
  const { error } = resolution;
  return error instanceof AssayError ? `${error.name} ${error.code}` : String(error);
}

async function askIndex(
  charts: Charts,
  question: Partial<ChartQuestion> = {},
  edit?: (index: string) => string,
) {
  const files = publishHelmRepository(folder, charts);
  const index = helmIndex(charts).toString();
  if (edit !== undefined) files.set(`${folder}/index.yaml`, Buffer.from(edit(index)));
  const { ask, ...upstream } = await openCharts({ files, routes: new Map() }, key.publicKeyArmored);
  return { ...upstream, resolution: await ask({ ...asked, verification: provenance, ...question }) };
}

async function askRegistry(
  charts: Charts,
  question: Partial<ChartQuestion> = {},
  edit?: (manifest: never) => void,
) {
  const repository = helmRepository('registry.example.org', 'charts', ...charts);
  if (edit !== undefined) {
    const manifest = JSON.parse(Buffer.from(repository.tags.get('1.2.3')!).toString()) as never;
    edit(manifest);
    repository.tags.set('1.2.3', renderJson(manifest));
  }
  const publication = publishRegistry(repository, { wantsToken: true });
  const { ask } = await openCharts(publication, key.publicKeyArmored);
  return { repository, resolution: await ask({ ...inRegistry, verification: provenance, ...question }) };
}

describe('a chart of an index', () => {
  it('is vouched for by its provenance file: archive, digest and place', async () => {
    const { resolution, server } = await askIndex([other, older, wanted]);
    expect(resolution).toMatchObject({
      status: 'resolved',
      verified: {
        subject: {
          ...{ version: '1.2.3', type: 'helm-chart', digest, sizeBytes: wanted.archive.length },
          url: `https://${folder}/tool-1.2.3.tgz`,
        },
        result: {
          ...{ assurance: 'signed', method: 'openpgp', signers: [{ primaryFingerprint: key.fingerprint }] },
          documents: [{ role: 'helm-index' }, { role: 'helm-provenance' }],
        },
      },
    });
    const fetched = server.log.filter(({ method }) => method === 'GET').map(({ path }) => path);
    expect(fetched).toEqual([`${folder}/index.yaml`, `${folder}/tool-1.2.3.tgz.prov`]);
  });

  it('is found in a range, its newest version first, by a tag with a leading v', async () => {
    const charts = await Promise.all(['v1.2.9', 'v1.2.10', 'v1.3.0-rc.1', 'v2.0.0'].map((one) => chart(one)));
    const entry = { chart: 'tool', tag: 'v{version}', versions: { range: '^1' } };
    const { resolution } = await askIndex(charts, { entry });
    expect(resolution).toMatchObject({ verified: { subject: { version: '1.2.10' } } });
  });

  it('is the same until the index says otherwise of this version', async () => {
    const { resolution } = await askIndex([other, wanted]);
    const watermark = 'watermark' in resolution ? resolution.watermark : {};
    const newer = await chart('1.2.4');
    expect(outcomeOf((await askIndex([newer, wanted, other], { watermark })).resolution)).toBe('current');
  });

  it("is its host's word where nobody signs, and pinned where a person knows better", async () => {
    const { resolution } = await askIndex([unsigned], { verification: hostsWord });
    expect(resolution).toMatchObject({
      verified: { subject: { digest }, result: { assurance: 'checksum' } },
    });
    const verification = pinnedTo({ '1.2.3': digest });
    expect((await askIndex([unsigned], { verification })).resolution).toMatchObject({
      verified: {
        subject: { digest },
        result: { assurance: 'pinned', documents: [{ role: 'helm-index' }, { role: 'asset' }] },
      },
    });
  });

  it("is not its host's word through a mirror that nobody answers for", async () => {
    const files = publishHelmRepository(folder, [unsigned]);
    const { ask } = await openCharts({ files, routes: new Map() }, key.publicKeyArmored, false);
    const resolution = await ask({ ...asked, verification: hostsWord });
    expect(outcomeOf(resolution)).toBe('PolicyError UNTRUSTED_MIRROR');
    const pinnedOne = await ask({ ...asked, verification: pinnedTo({ '1.2.3': digest }) });
    expect(outcomeOf(pinnedOne)).toBe('pinned');
  });

  it('that is deprecated is taken, with a warning', async () => {
    const { resolution, warnings } = await askIndex([wanted], {}, (index) =>
      index.replace('    description', '    deprecated: true\n    description'),
    );
    expect(outcomeOf(resolution)).toBe('signed');
    expect(warnings.join()).toMatch(/tool 1\.2\.3 is deprecated/);
  });

  it.each<[string, (index: string) => string, string]>([
    ['without the chart', (text) => text.replace('  tool:', '  tol:'), 'VerificationError EVIDENCE_MISSING'],
    [
      'without the version',
      (text) => text.replace(/version: 1\.2\.3/, 'version: 1.2.4'),
      'PolicyError VERSION_UNAVAILABLE',
    ],
    [
      'with the chart twice',
      (text) => text.replace(/(  tool:\n[^]*)(?=generated)/, '$1$1'),
      'VerificationError EVIDENCE_MALFORMED',
    ],
    ['with entries twice', (text) => `${text}entries: {}\n`, 'VerificationError EVIDENCE_MALFORMED'],
    ['without entries', (text) => text.replace('entries:', 'entry:'), 'VerificationError EVIDENCE_MALFORMED'],
    [
      'with the version twice, and not the same',
      (text) =>
        text.replace(/(  - apiVersion[^]*version: 1\.2\.3\n)/, (one) => one + one.replace('.tgz', '.zip')),
      'VerificationError EVIDENCE_MALFORMED',
    ],
    [
      'with another digest',
      (text) => text.replace(/digest: ./, 'digest: 0'),
      'VerificationError DIGEST_MISMATCH',
    ],
    [
      'with MD5',
      (text) => text.replace(/digest: .*/, `digest: ${'a'.repeat(32)}`),
      'VerificationError EVIDENCE_MALFORMED',
    ],
    [
      'that leads to another host',
      (text) => text.replace('- tool-', '- https://evil.example.org/tool-'),
      'VerificationError SUBJECT_MISMATCH',
    ],
    [
      'that leads to a registry',
      (text) => text.replace('- tool-', '- oci://evil.example.org/tool-'),
      'VerificationError SUBJECT_MISMATCH',
    ],
    [
      'that leads out of its folder',
      (text) => text.replace('- tool-', '- ../tool-'),
      'VerificationError SUBJECT_MISMATCH',
    ],
    [
      'that leads to plain HTTP',
      (text) => text.replace('- tool-', `- http://${folder}/tool-`),
      'VerificationError SUBJECT_MISMATCH',
    ],
    [
      'that has a query',
      (text) => text.replace('1.2.3.tgz', '1.2.3.tgz?x=1'),
      'VerificationError SUBJECT_MISMATCH',
    ],
    [
      'that is a web page',
      () => '<!doctype html><title>charts</title>',
      'VerificationError EVIDENCE_MALFORMED',
    ],
    ['that is empty', () => '', 'VerificationError EVIDENCE_MALFORMED'],
  ])('is not taken from an index %s', async (_, edit, outcome) => {
    const { resolution } = await askIndex([{ ...wanted }], {}, edit);
    // The digests of archives begin with what the edit does not write.
    expect(outcomeOf(resolution)).toBe(outcome);
  });

  it.each<[string, Partial<Parameters<typeof helmChart>[0]>, string]>([
    ['nobody', { key: undefined }, 'TransportError NOT_FOUND'],
    ['a stranger', { key: stranger }, 'VerificationError SIGNER_UNTRUSTED'],
  ])('is refused where it is signed by %s', async (_, by, outcome) => {
    expect(outcomeOf((await askIndex([await chart('1.2.3', by)])).resolution)).toBe(outcome);
  });

  it.each<[string, (text: string) => string, string]>([
    ['another chart', (text) => text.replace('name: tool', 'name: tol'), 'SUBJECT_MISMATCH'],
    ['another version', (text) => text.replace('\nversion: 1.2.3', '\nversion: 1.2.4'), 'SUBJECT_MISMATCH'],
    [
      'a number for a version',
      (text) => text.replace('\nversion: 1.2.3', '\nversion: 1.2'),
      'EVIDENCE_MALFORMED',
    ],
    ['another file', (text) => text.replace('tool-1.2.3.tgz', 'tool-1.2.4.tgz'), 'SUBJECT_MISMATCH'],
    ['another digest', (text) => text.replace(/sha256:./, 'sha256:x').replace('x', '0'), 'DIGEST_MISMATCH'],
    ['SHA-512', (text) => text.replace(/sha256:.*/, `sha512:${'a'.repeat(128)}`), 'EVIDENCE_MALFORMED'],
    ['no file', (text) => text.slice(0, text.indexOf('\n...\n')), 'EVIDENCE_MALFORMED'],
    ['three documents', (text) => `${text}\n...\nfiles: {}\n`, 'EVIDENCE_MALFORMED'],
    ['a key twice', (text) => text.replace('name: tool', 'name: tol\nname: tool'), 'EVIDENCE_MALFORMED'],
  ])('is refused where what was signed is %s', async (_, edit, code) => {
    const { resolution } = await askIndex([await chart('1.2.3', { edit })]);
    expect(outcomeOf(resolution)).toBe(`VerificationError ${code}`);
  });

  it('is refused with a provenance file of another version, or a flipped bit', async () => {
    const files = publishHelmRepository(folder, [wanted]);
    const path = `${folder}/tool-1.2.3.tgz.prov`;
    const { ask, server } = await openCharts({ files, routes: new Map() }, key.publicKeyArmored);
    server.override(path, substitute(Buffer.from(older.provenance!)));
    expect(outcomeOf(await ask({ ...asked, verification: provenance }))).toBe(
      'VerificationError SUBJECT_MISMATCH',
    );
    server.override(path, substitute(Buffer.from(wanted.provenance!.replace('made for', 'made foq'))));
    expect(outcomeOf(await ask({ ...asked, verification: provenance }))).toBe(
      'VerificationError SIGNATURE_INVALID',
    );
  });

  it.each<[string, object, string]>([
    ['another digest', { '1.2.3': `sha256:${'a'.repeat(64)}` }, 'DIGEST_MISMATCH'],
    ['another version', { '1.2.2': digest }, 'EVIDENCE_MISSING'],
  ])('is refused where the catalogue pins %s', async (_, digests, code) => {
    const { resolution } = await askIndex([unsigned], { verification: pinnedTo(digests) });
    expect(outcomeOf(resolution)).toBe(`VerificationError ${code}`);
  });

  it('is refused where its archive is not what was pinned, whatever the index says', async () => {
    const files = publishHelmRepository(folder, [unsigned]);
    const { ask, server } = await openCharts({ files, routes: new Map() }, key.publicKeyArmored);
    server.override(`${folder}/tool-1.2.3.tgz`, substitute(Buffer.alloc(wanted.archive.length)));
    const resolution = await ask({ ...asked, verification: pinnedTo({ '1.2.3': digest }) });
    expect(outcomeOf(resolution)).toBe('VerificationError DIGEST_MISMATCH');
  });
});

interface Manifest {
  config: { mediaType: string };
  layers: { mediaType: string; digest: string; size: number }[];
}

describe('a chart in a registry', () => {
  it('is vouched for by the layer beside it, and named by its archive', async () => {
    const { resolution } = await askRegistry([older, wanted]);
    expect(resolution).toMatchObject({
      verified: {
        subject: {
          ...{ version: '1.2.3', digest, sizeBytes: wanted.archive.length },
          url: `https://registry.example.org/v2/charts/tool/blobs/${digest}`,
        },
        result: {
          assurance: 'signed',
          documents: [{ role: 'helm-manifest' }, { role: 'helm-provenance' }],
        },
      },
    });
  });

  it('is found in a range among tags, an underscore for the plus sign', async () => {
    const charts = await Promise.all(['1.2.9', '1.2.10+build.1', '2.0.0'].map((one) => chart(one)));
    const entry = { chart: 'tool', versions: { range: '~1.2' } };
    const { resolution } = await askRegistry(charts, { entry });
    expect(resolution).toMatchObject({ verified: { subject: { version: '1.2.10+build.1' } } });
  });

  it("is pinned by the archive's digest or the manifest's", async () => {
    const { repository } = await askRegistry([wanted]);
    for (const pin of [digest, ociDigest(repository.tags.get('1.2.3')!)]) {
      const { resolution } = await askRegistry([wanted], { verification: pinnedTo({ '1.2.3': pin }) });
      expect(resolution).toMatchObject({
        verified: { subject: { digest }, result: { assurance: 'pinned' } },
      });
    }
  });

  it("is the registry's word where nobody signs", async () => {
    const { resolution } = await askRegistry([unsigned], { verification: hostsWord });
    expect(outcomeOf(resolution)).toBe('checksum');
  });

  it.each<[string, (manifest: Manifest) => void, string]>([
    ['no provenance', ({ layers }) => layers.pop(), 'EVIDENCE_MISSING'],
    ['two of them', ({ layers }) => layers.push(layers[1]!), 'EVIDENCE_MALFORMED'],
    ['two archives', ({ layers }) => layers.push(layers[0]!), 'EVIDENCE_MALFORMED'],
    [
      'the configuration of an image',
      ({ config }) => (config.mediaType = 'application/vnd.oci.image.config.v1+json'),
      'EVIDENCE_MALFORMED',
    ],
    [
      'no archive',
      ({ layers }) => (layers[0]!.mediaType = 'application/vnd.oci.image.layer.v1.tar'),
      'EVIDENCE_MALFORMED',
    ],
    ['another archive', ({ layers }) => (layers[0]!.digest = `sha256:${'a'.repeat(64)}`), 'DIGEST_MISMATCH'],
    ['a provenance of another size', ({ layers }) => (layers[1]!.size += 1), 'SIZE_MISMATCH'],
  ])('is refused with %s', async (_, edit, code) => {
    const { resolution } = await askRegistry([wanted], {}, edit);
    expect(outcomeOf(resolution)).toBe(`VerificationError ${code}`);
  });

  it('is refused where a tag leads to another version', async () => {
    const { resolution } = await askRegistry([wanted, { ...older, version: '1.2.3' }]);
    expect(outcomeOf(resolution)).toBe('VerificationError SUBJECT_MISMATCH');
  });
});

describe('what the catalogue may ask', () => {
  const entry = { from: 'charts', chart: 'tool', version: '1.2.3' };
  it.each<[string, object]>([
    ['no version', { version: undefined }],
    ['the version latest', { version: 'latest' }],
    ['a leading v', { version: 'v1.2.3' }],
    ['half a version', { version: '1.2' }],
    ['any version', { version: undefined, versions: { range: '*' } }],
    ['a range without an end', { version: undefined, versions: { range: '>=1' } }],
    ['a version that is only held', { version: undefined, versions: { hold: 'a reason' } }],
    ['an age', { version: undefined, versions: { range: '^1', minimumAge: '3d' } }],
    ['a tag without the version', { tag: 'latest' }],
    ['a chart in another folder', { chart: '../tool' }],
  ])('is not %s', (_, change) => {
    const { version, ...others } = { ...entry, ...change } as Record<string, unknown>;
    const asked = version === undefined ? others : { ...others, version };
    expect(helmEntrySchema.safeParse(asked).success).toBe(false);
    expect(helmEntrySchema.safeParse(entry).success).toBe(true);
  });

  it.each([
    ['plain HTTP', 'http://charts.example.org'],
    ['a registry without a repository', 'oci://registry.example.org'],
    ['a registry that is no host', 'oci://registry/charts'],
    ['a chart with its tag', 'oci://registry.example.org/charts/tool:1.2.3'],
  ])('is not %s', (_, repository) => {
    expect(helmSchema.safeParse({ type: 'helm', repository }).success).toBe(false);
  });
});
