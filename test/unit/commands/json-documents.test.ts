/** What commands print under `--json`: each document names its schema, and follows it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { documents } from '../../../src/formats/own/documents/documents.ts';
import { schemaId } from '../../../src/formats/own/documents/name.ts';
import { PolicyError, TransportError, VerificationError } from '../../../src/model/errors.ts';
import { runInProcess } from '../../support/command-in-process.ts';
import { failingRuns, manifest } from '../../support/failing-runs.ts';
import { holdToSchema, problemsBy, readDocument } from '../../support/json-documents.ts';
import { root } from '../../support/run-assay.ts';

describe('a run that fails', () => {
  // runInProcess holds what it prints to its schema.
  it.each(Object.entries(failingRuns))('%s --json prints a document', async (name, { args }) => {
    const { stdout } = await runInProcess([name, ...args, '--json']);
    expect(stdout).toMatch(/^\{\n {2}"schema": "assay\/[a-z-]+\/v1",\n/);
  });
});

describe('the references of images', () => {
  it.each([['--json'], ['--format=json']])('are a document with %s', async (flag) => {
    const args = ['render', 'image-refs', manifest, '--registry', 'r.example', flag];
    const { stdout } = await runInProcess(args);
    expect(readDocument('image-refs', stdout).images.length).toBeGreaterThan(0);
  });
});

describe('docs/json.md', () => {
  it('names every document', () => {
    const text = readFileSync(join(root, 'docs/json.md'), 'utf8');
    const named = new Set([...text.matchAll(/`(assay\/[a-z-]+\/v1)`/g)].map(([, name]) => name));
    expect([...named].sort()).toEqual(Object.keys(documents).map(schemaId).sort());
  });
});

describe('the test of documents', () => {
  const error = { code: 'USAGE', message: 'no', exitCode: 2 };

  it.each([
    ['no schema', { verified: false, error }],
    ['a schema that nobody wrote', { schema: 'assay/nothing/v1', verified: false, error }],
    ['another version', { schema: 'assay/error/v2', verified: false, error }],
    ['a field that the schema does not have', { schema: 'assay/error/v1', verified: false, error, more: 1 }],
    ['a field less', { schema: 'assay/error/v1', verified: false }],
    ['another type', { schema: 'assay/error/v1', verified: false, error: { ...error, exitCode: '2' } }],
    ['the document of another command', { schema: 'assay/stage/v1', verified: false, error }],
  ])('refuses %s', (_, document) => {
    expect(() => {
      holdToSchema(['stage', '--json'], JSON.stringify(document));
    }).toThrow();
    expect(() => readDocument('error', JSON.stringify(document))).toThrow();
  });

  it('takes none from a run without --json', () => {
    expect(() => {
      holdToSchema(['stage'], 'staged tool');
    }).not.toThrow();
  });
});

describe('an error of the library', () => {
  const transport = new TransportError('TRUNCATED', 'cut', { context: { url: 'https://a.example' } });

  it.each([
    [transport],
    [new VerificationError('DIGEST_MISMATCH', 'other', { hint: 'Ask again.', cause: new TypeError('no') })],
    [new PolicyError('SIGNER_CHANGED', 'another', { cause: transport })],
  ])('follows its schema: %s', (error) => {
    expect(problemsBy('library-error', JSON.parse(JSON.stringify(error)))).toEqual([]);
  });

  it('is nothing else', () => {
    expect(problemsBy('library-error', { ...transport.toJSON(), stack: 'at' })).not.toEqual([]);
  });
});
