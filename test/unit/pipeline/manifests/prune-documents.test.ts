/** Documents go once no proof names them, and stay wherever that is not sure. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { renderEvidence, renderRemembered } from '../../../../src/formats/own/evidence.ts';
import { renderReleaseLines, withLine } from '../../../../src/formats/own/release-lines.ts';
import { createFileStore } from '../../../../src/io/file-store.ts';
import { pruneDocuments } from '../../../../src/pipeline/manifests/prune-documents.ts';
import { documentName } from '../../../../src/pipeline/shared/kept-documents.ts';
import { digestOf } from '../../../../src/verify/digest.ts';
import { proven } from '../../../support/question-sample.ts';
import { signedByKey } from '../../../support/sighting-sample.ts';

const [named, idle] = ['named', 'idle'].map((text) => digestOf('sha256', Buffer.from(text)));
const proof = {
  ...{ version: '1', url: 'https://example.org/foo', digest: named!, size: 5, assurance: 'signed' as const },
  ...{ method: 'apt', signers: [], watermark: {}, ...proven },
  documents: [{ role: 'inrelease', url: 'https://example.org/InRelease', digest: named!, size: 5 }],
};

let manifestsDir: string;
beforeEach(async () => {
  manifestsDir = await mkdtemp(join(tmpdir(), 'assay-prune-'));
  await mkdir(join(manifestsDir, 'evidence/documents'), { recursive: true });
  for (const name of [documentName(named!), documentName(idle!), 'README'])
    await write(`documents/${name}`, '');
  await write('knd.debian-13.amd64.json', renderEvidence({ foo: proof }));
  return () => rm(manifestsDir, { recursive: true });
});

const write = (name: string, content: string | Uint8Array) =>
  writeFile(join(manifestsDir, 'evidence', name), content);

async function left(): Promise<readonly string[]> {
  await pruneDocuments({ manifestsDir }, createFileStore(), []);
  return (await readdir(join(manifestsDir, 'evidence/documents'))).sort();
}

it('goes where no proof names it, whatever is remembered beside the proofs', async () => {
  await write('metadata-dates.json', renderRemembered({ dates: new Map(), logs: new Map() }));
  const lines = withLine({}, 'runc debian-13 amd64', '1.3', signedByKey('1.3.6').evidence!);
  await write('release-lines.json', renderReleaseLines(lines));
  expect(await left()).toEqual(['README', documentName(named!)].sort());
});

it('stays where evidence of any manifest cannot be read', async () => {
  await write('other.debian-13.amd64.json', '{}');
  expect(await left()).toHaveLength(3);
});
