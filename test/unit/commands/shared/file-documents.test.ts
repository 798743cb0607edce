/** Files of a command line as the documents of a chain: by role, within the limits of what is needed. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fileDocuments, readDocument } from '../../../../src/commands/shared/file-documents.ts';
import { UsageError, VerificationError } from '../../../../src/model/errors.ts';
import { fileNeed, type DocumentStore, type LookupNeed } from '../../../../src/model/need.ts';
import { refusal } from '../../../support/refusals.ts';

const directory = mkdtempSync(join(tmpdir(), 'assay-documents-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
});
const path = join(directory, 'ten-bytes');
writeFileSync(path, 'ten bytes\n');
const answerPath = join(directory, 'answer');
writeFileSync(answerPath, 'kept');
mkdirSync(join(directory, 'folder'));

const signature = (maxBytes: number) => fileNeed({ role: 'signature', maxBytes }, 'tool.sig');
const question: LookupNeed = {
  ...{ kind: 'lookup', role: 'rekor-answer', url: 'https://rekor.example.org', maxBytes: 10 },
  ...{ contentType: 'application/json', body: Buffer.from('{}') },
};
const upstream: DocumentStore = { read: () => Promise.resolve({ bytes: Buffer.from('asked') }) };
const textOf = (stored: Awaited<ReturnType<DocumentStore['read']>>) => Buffer.from(stored!.bytes).toString();

describe('fileDocuments', () => {
  it('reads the file that was named for a role, whatever the need calls it', async () => {
    const store = fileDocuments({ signature: path }, upstream);
    expect(textOf(await store.read(signature(10)))).toBe('ten bytes\n');
    await refusal(store.read(signature(9)), VerificationError, 'LIMIT_EXCEEDED');
  });

  it('asks upstream what no file answers, and only questions', async () => {
    expect(textOf(await fileDocuments({}, upstream).read(question))).toBe('asked');
    const kept = fileDocuments({ 'rekor-answer': answerPath }, upstream);
    expect(textOf(await kept.read(question))).toBe('kept');
    const none = fileDocuments({ signature: undefined }, upstream);
    await expect(none.read(signature(10))).rejects.toThrow(TypeError);
    await expect(none.read(fileNeed({ role: 'certificate', maxBytes: 10 }, path))).rejects.toThrow(TypeError);
  });

  it('does not go upstream for a file that is not there', async () => {
    const gone = fileDocuments({ 'rekor-answer': join(directory, 'none') }, upstream);
    await refusal(gone.read(question), UsageError, 'FILE_UNREADABLE');
  });
});

describe('readDocument', () => {
  it('names the file by its path', async () => {
    const { url, bytes } = await readDocument({ maxBytes: 10 }, path);
    expect([url, bytes.length]).toEqual([path, 10]);
  });

  it.each(['none', 'folder'])('refuses what cannot be read: %s', async (name) => {
    await refusal(readDocument({ maxBytes: 10 }, join(directory, name)), UsageError, 'FILE_UNREADABLE');
  });

  it('reads no more than one byte too many of what has no end', async () => {
    await refusal(readDocument({ maxBytes: 1000 }, '/dev/zero'), VerificationError, 'LIMIT_EXCEEDED');
  });
});
