import { readFile } from 'node:fs/promises';
import { PackageURL } from 'packageurl-js';
import { describe, expect, it } from 'vitest';
import type { EvidenceEntry, EvidenceFile } from '../../../src/formats/own/evidence.ts';
import { parseManifest } from '../../../src/formats/own/manifest.ts';
import { VerificationError } from '../../../src/model/errors.ts';
import { renderSbom, serialNumberOf, type SbomManifest } from '../../../src/render/sbom.ts';
import { cyclonedxProblems } from '../../support/cyclonedx-schema.ts';
import { sampleManifest, sha256, sha512 } from '../../support/manifest-sample.ts';
import { proven } from '../../support/question-sample.ts';
import { root } from '../../support/run-assay.ts';

interface BomComponent {
  readonly [field: string]: unknown;
  readonly name: string;
  readonly purl?: string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

interface BomDocument {
  readonly metadata: { readonly timestamp?: string; readonly component?: BomComponent };
  readonly components: readonly BomComponent[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

const sample = (evidence: EvidenceFile = {}): SbomManifest => ({
  ...{ fileName: 'knc.debian-13.amd64.json', manifest: sampleManifest(), digest: sha256, evidence },
});

const read = (text: string) => JSON.parse(text) as BomDocument;
const named = ({ components }: BomDocument, name: string) => components.find((one) => one.name === name)!;

/** Of the sample's .deb, whose epoch its manifest has dropped. */
const evidence: EvidenceEntry = {
  ...proven,
  version: '2:17.9-0+deb13u1~bpo1',
  url: 'https://deb.example/pool/a/agent_17.9-0+deb13u1~bpo1_amd64.deb',
  digest: sha256,
  size: 9007199254740991,
  assurance: 'signed',
  method: 'apt',
  signers: [
    {
      method: 'openpgp',
      fingerprint: 'B'.repeat(40),
      primaryFingerprint: 'A'.repeat(40),
      signedAt: proven.judgedAt,
    },
    {
      method: 'sigstore',
      identity: 'me@example.com',
      issuer: 'https://issuer.example',
      signedAt: proven.judgedAt,
    },
    { method: 'public-key', fingerprint: 'RWQ', anchor: 'key' },
  ],
  documents: [{ role: 'inrelease', url: 'https://deb.example/dists/a b/InRelease', digest: sha256, size: 3 }],
  anchors: [{ name: 'debian', digest: sha256, size: 1 }],
  question: {
    ...proven.question,
    source: { type: 'apt', suites: [{ uri: 'https://deb.example', origin: 'Debian' }] },
  },
  watermark: {},
};

describe("a bill of materials, by CycloneDX's own schema", () => {
  it('of a manifest with every feature', () => {
    const document = read(
      renderSbom([sample({ 'agent-2': evidence })], {
        createdAt: new Date('2026-11-20T12:00:00Z'),
        serialNumber: serialNumberOf(sha256),
        licences: new Map([[sha256, ['GPL-2.0-or-later', 'BSD-3-clause or GPL-2+']]]),
      }),
    );
    expect(cyclonedxProblems(document)).toEqual([]);
    expect(document.metadata.component).toMatchObject({ type: 'platform', name: 'knc.debian-13.amd64' });
    expect(document.metadata.timestamp).toBe('2026-11-20T12:00:00.000Z');
    expect(named(document, 'debian-13')).toMatchObject({
      type: 'operating-system',
      version: '20260512-2476',
      hashes: [{ alg: 'SHA-512', content: sha512.slice(7) }],
      components: [{ type: 'file' }, { type: 'file' }],
    });
    expect(named(document, 'registry.k8s.io/pause')).toMatchObject({
      type: 'container',
      version: '3.10.2',
      purl: `pkg:oci/pause@${sha256}?arch=amd64&repository_url=registry.k8s.io%2Fpause&tag=3.10.2`,
    });
    expect(named(document, 'vmconfig')).not.toHaveProperty('hashes');
    expect(named(document, 'agent-2')).toMatchObject({
      type: 'application',
      version: '2:17.9-0+deb13u1~bpo1',
      purl: 'pkg:deb/debian/agent@2:17.9-0%2Bdeb13u1~bpo1?arch=amd64&distro=debian-13',
      licenses: [{ license: { id: 'GPL-2.0-or-later' } }, { license: { name: 'BSD-3-clause or GPL-2+' } }],
      externalReferences: [
        { type: 'distribution', url: evidence.url },
        { type: 'evidence', url: 'https://deb.example/dists/a%20b/InRelease', comment: 'inrelease' },
      ],
    });
    expect(named(document, 'agent-2').properties).toEqual([
      { name: 'assay:arch', value: 'amd64' },
      { name: 'assay:size', value: '9007199254740991' },
      { name: 'assay:assurance', value: 'signed' },
      { name: 'assay:method', value: 'apt' },
      { name: 'assay:judgedAt', value: proven.judgedAt },
      { name: 'assay:signer', value: `OpenPGP ${'A'.repeat(40)}` },
      { name: 'assay:signer', value: 'me@example.com (https://issuer.example)' },
      { name: 'assay:signer', value: 'public key RWQ' },
      { name: 'assay:anchor', value: `debian ${sha256}` },
    ]);
  });

  it('of all the manifests of the catalogue: none is the subject, what they share stands there once', async () => {
    const names = ['knc.debian-13.amd64.json', 'knd.debian-13.amd64.json', 'knd.debian-13.arm64.json'];
    const manifests = await Promise.all(
      names.map(async (fileName, at) => {
        const bytes = await readFile(`${root}/test/fixtures/golden/${fileName}`);
        const digest = `sha256:${String(at).repeat(64)}` as const;
        return { fileName, digest, manifest: parseManifest(bytes, fileName), evidence: {} };
      }),
    );
    const document = read(renderSbom(manifests, {}));
    expect(cyclonedxProblems(document)).toEqual([]);
    expect(document.metadata).not.toHaveProperty('component');
    expect(document.components.filter(({ name }) => name === 'kubelet')).toHaveLength(2);
    const roots = document.dependencies.filter(({ ref }) => ref.startsWith('kn'));
    expect(roots.map(({ dependsOn }) => dependsOn?.length)).toEqual([19, 14, 14]);
    // Another implementation reads each name.
    for (const { purl } of document.components) {
      if (purl !== undefined) expect(PackageURL.fromString(purl).name).not.toBe('');
    }
    expect(document.components.flatMap(({ name, purl }) => (name === 'uidmap' ? purl : []))).toEqual([
      'pkg:deb/debian/uidmap@4.17.4-2?arch=arm64&distro=debian-13',
      'pkg:deb/debian/uidmap@4.17.4-2?arch=amd64&distro=debian-13',
    ]);
    expect(named(document, 'libpq5')['type']).toBe('library');
    expect(named(document, 'containerd').purl).toMatch(/^pkg:github\/containerd\/containerd@v2/);
  });

  it('refers to https URLs only, whatever evidence names', () => {
    const [first] = evidence.documents;
    const urls = [
      'http://deb.example/x',
      'javascript:alert(1)',
      'file:///etc/passwd',
      'x',
      'https://a.example/x',
    ];
    const documents = urls.map((url) => ({ ...first!, url }));
    const document = read(renderSbom([sample({ 'agent-2': { ...evidence, documents } })], {}));
    expect(cyclonedxProblems(document)).toEqual([]);
    expect(named(document, 'agent-2')['externalReferences']).toMatchObject([
      { type: 'distribution', url: evidence.url },
      { type: 'evidence', url: 'https://a.example/x' },
    ]);
  });

  it('is the same for the same manifests, in whatever order', () => {
    const other = { ...sample(), fileName: 'knd.debian-13.amd64.json', digest: sha512 };
    const one = renderSbom([sample(), other], {});
    expect(renderSbom([other, sample()], {})).toBe(one);
  });

  it.each([
    ['digest', { digest: sha512 }],
    ['address', { url: 'https://deb.example/pool/a/agent_1_amd64.deb' }],
    ['size', { size: 1 }],
    ['version', { version: '17.10-1' }],
  ])('refuses evidence with another %s than the entry', (_, change) => {
    const render = () => renderSbom([sample({ 'agent-2': { ...evidence, ...change } })], {});
    expect(render).toThrow(VerificationError);
    expect(render).toThrow(/agent-2: its evidence is about/);
  });
});

it('a serial number is a UUID of the custom kind', () => {
  expect(serialNumberOf(sha256)).toBe('urn:uuid:01234567-89ab-8def-8123-456789abcdef');
});
