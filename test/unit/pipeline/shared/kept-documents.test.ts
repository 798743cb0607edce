/** A kept document is what its digest says, wherever it is kept. */
import { expect, it } from 'vitest';
import { evidenceOf, type NamedDocument } from '../../../../src/formats/own/evidence.ts';
import type { FileStore } from '../../../../src/model/ports.ts';
import type { VerificationResult } from '../../../../src/model/verification.ts';
import { documentName, KeptDocuments } from '../../../../src/pipeline/shared/kept-documents.ts';
import { digestOf } from '../../../../src/verify/digest.ts';

const stanza = Buffer.from('Package: foo\nMaintainer: Paweł <p@example.org>\n');
const url = 'https://example.org/dists/stable/main/binary-amd64/Packages';

function named(bytes: Uint8Array, text?: readonly string[]): NamedDocument {
  const digest = digestOf('sha256', bytes);
  return { role: 'packages-stanza', url, digest, size: bytes.length, ...(text && { text: [...text] }) };
}

function keptIn(files: ReadonlyMap<string, Uint8Array>): KeptDocuments {
  return new KeptDocuments('manifests', {
    read: (path: string) => Promise.resolve(files.get(path)),
  } as FileStore);
}

function asFile(bytes: Uint8Array, { digest }: NamedDocument): ReadonlyMap<string, Uint8Array> {
  return new Map([[`manifests/evidence/documents/${documentName(digest)}`, bytes]]);
}

const lines = stanza.toString().split('\n');

it('is read out of its proof, or of a file', async () => {
  expect(await keptIn(new Map()).read(named(stanza, lines))).toEqual(stanza);
  expect(await keptIn(asFile(stanza, named(stanza))).read(named(stanza))).toEqual(stanza);
});

it.each([
  ['a line that is another', named(stanza, ['Package: bar', ...lines.slice(1)]), 'DIGEST_MISMATCH'],
  ['a line too many', named(stanza, [...lines, '']), 'DIGEST_MISMATCH'],
  ['no line', named(stanza, []), 'DIGEST_MISMATCH'],
  ['another size', { ...named(stanza, lines), size: stanza.length + 1 }, 'SIZE_MISMATCH'],
])('is refused in a proof with %s, whatever the file of its digest has', async (_, document, code) => {
  const kept = keptIn(asFile(stanza, document));
  // What another proof says of the same digest is not taken for it.
  await kept.read(named(stanza));
  await expect(kept.read(document)).rejects.toMatchObject({ code });
});

it.each([
  ['UTF-8', stanza, true],
  [
    'text in another encoding, which JSON cannot hold',
    Buffer.from('Maintainer: Pawe\xb3\n', 'latin1'),
    false,
  ],
])('stands in its proof byte for byte where it is %s, and is a file otherwise', (_, bytes, isInProof) => {
  const documents = [{ ...named(bytes), sizeBytes: bytes.length, bytes, isExcerpt: true as const }];
  const { digest } = documents[0]!;
  const result = { digest, documents, signers: [], verifiedAt: new Date(0) } as unknown as VerificationResult;
  const artifact = { version: '1', url: 'https://example.org/foo.deb', sizeBytes: 1 };
  const asked = { question: {} as never, watermark: {}, anchors: [] };
  const [document] = evidenceOf(artifact, result, asked).documents;
  expect(document!.text?.join('\n')).toBe(isInProof ? bytes.toString() : undefined);
});
