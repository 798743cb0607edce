import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  emptyConfig,
  emptyConfigBytes,
  parsePushedEvidence,
  parsePushedManifest,
  pushedTag,
  renderPushedEvidence,
  renderPushedManifest,
} from '../../../../src/formats/own/pushed-manifest.ts';
import { parseManifest } from '../../../../src/formats/own/manifest.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { manifestText, sha256 } from '../../../support/manifest-sample.ts';
import { refusal } from '../../../support/refusals.ts';

const other = `sha256:${'ab'.repeat(32)}` as const;
const manifest = { title: 'knc.debian-13.amd64.json', digest: sha256, sizeBytes: 7000 };
const files = [
  { title: 'libpq5.deb', digest: other, sizeBytes: 12 },
  { title: 'agent+', digest: sha256, sizeBytes: 7000 },
];
const bytes = renderPushedManifest({ manifest, files });
const evidence = {
  subject: { digest: sha256, sizeBytes: bytes.length },
  files: [
    { title: 'evidence/knc.debian-13.amd64.json', digest: other, sizeBytes: 12 },
    { title: `evidence/documents/sha256-${'ab'.repeat(32)}`, digest: other, sizeBytes: 12 },
  ],
};

type Json = Record<string, unknown>;
function edited(of: Uint8Array, edit: (value: { layers: Json[] } & Json) => void): Uint8Array {
  const value = JSON.parse(Buffer.from(of).toString()) as { layers: Json[] } & Json;
  edit(value);
  return Buffer.from(JSON.stringify(value));
}

it('is tagged with kind, OS and architecture', () => {
  expect(pushedTag(parseManifest(Buffer.from(manifestText), 'it'))).toBe('knc.debian-13.amd64');
});

it('has the empty configuration that the specification names', () => {
  expect(createHash('sha256').update(emptyConfigBytes).digest('hex')).toBe(emptyConfig.digest.slice(7));
  expect(Buffer.from(emptyConfig.data, 'base64')).toEqual(emptyConfigBytes);
});

it('is written as oras reads it', () => {
  expect(JSON.parse(Buffer.from(bytes).toString())).toEqual({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType: 'application/vnd.assay.manifest.v1',
    config: emptyConfig,
    layers: [
      {
        mediaType: 'application/vnd.assay.manifest.v1+json',
        digest: sha256,
        size: 7000,
        annotations: { 'org.opencontainers.image.title': 'knc.debian-13.amd64.json' },
      },
      {
        mediaType: 'application/octet-stream',
        digest: other,
        size: 12,
        annotations: { 'org.opencontainers.image.title': 'libpq5.deb' },
      },
      {
        mediaType: 'application/octet-stream',
        digest: sha256,
        size: 7000,
        annotations: { 'org.opencontainers.image.title': 'agent+' },
      },
    ],
  });
});

it('reads what it wrote', () => {
  expect(parsePushedManifest(bytes, 'it')).toEqual({ manifest, files });
  expect(parsePushedEvidence(renderPushedEvidence(evidence), 'it')).toEqual(evidence);
});

describe('a pushed manifest is refused', () => {
  it.each<[string, (value: { layers: Json[] } & Json) => void]>([
    ['of another kind of artifact', (value) => (value['artifactType'] = 'application/vnd.assay.evidence.v1')],
    ['of no kind', (value) => delete value['artifactType']],
    ['that is an index', (value) => (value['mediaType'] = 'application/vnd.oci.image.index.v1+json')],
    ['without the manifest', (value) => value.layers.shift()],
    ['with two manifests', (value) => value.layers.push({ ...value.layers[0], annotations: title('b') })],
    ['with a file of no name', (value) => delete value.layers[1]?.['annotations']],
    ['with two files of one name', (value) => (value.layers[1] = { ...value.layers[2] })],
    ...['../x', '/etc/passwd', 'a/b', '.hidden', '-rf', '', 'a\nb', 'a\\b', 'evidence/x'].map(
      (name): [string, (value: { layers: Json[] }) => void] => [
        `with a file called ${JSON.stringify(name)}`,
        (value) => (value.layers[1] = { ...value.layers[1], annotations: title(name) }),
      ],
    ),
    ['with a digest that is none', (value) => (value.layers[1] = { ...value.layers[1], digest: 'sha256:0' })],
    ['with a size of nothing', (value) => (value.layers[1] = { ...value.layers[1], size: 0 })],
  ])('%s', async (_, edit) => {
    const spoilt = edited(bytes, edit);
    await refusal(() => parsePushedManifest(spoilt, 'it'), VerificationError, 'EVIDENCE_MALFORMED');
  });

  it('where it is larger than registries take', async () => {
    const large = Buffer.alloc((4 << 20) + 1, ' ');
    await refusal(() => parsePushedManifest(large, 'it'), VerificationError, 'LIMIT_EXCEEDED');
  });
});

describe('pushed evidence is refused', () => {
  it.each<[string, (value: { layers: Json[] } & Json) => void]>([
    ['without a subject', (value) => delete value['subject']],
    ['of another kind', (value) => (value['artifactType'] = 'application/vnd.assay.manifest.v1')],
    ...['x', 'evidence/../x', 'evidence/documents/../../x', 'evidence//x', 'evidence/documents/'].map(
      (name): [string, (value: { layers: Json[] }) => void] => [
        `with a file called ${JSON.stringify(name)}`,
        (value) => (value.layers[0] = { ...value.layers[0], annotations: title(name) }),
      ],
    ),
  ])('%s', async (_, edit) => {
    const spoilt = edited(renderPushedEvidence(evidence), edit);
    await refusal(() => parsePushedEvidence(spoilt, 'it'), VerificationError, 'EVIDENCE_MALFORMED');
  });
});

function title(text: string): Json {
  return { 'org.opencontainers.image.title': text };
}
