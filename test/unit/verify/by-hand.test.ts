/** Commands for what a person may see without assay; those of each method are in `told.test.ts`. */
import { expect, it } from 'vitest';
import { slsaVerified } from '../../../src/verify/by-hand.ts';
import type { HandFiles } from '../../../src/verify/trail.ts';

const files = { document: () => 'x.jsonl', artifact: () => 'tool' } as unknown as HandFiles;
const signer = { method: 'sigstore', identity: 'me@example.org', issuer: 'https://example.org' } as const;
const source = { sourceRepository: 'https://github.com/owner/project' };

it.each([
  ['refs/tags/v1.0.0', ['--source-tag', 'v1.0.0']],
  ['refs/tags/release/v1', ['--source-tag', 'release/v1']],
  ['refs/tags/', []],
  ['refs/heads/main', []],
  ['refs/heads/refs/tags/v1.0.0', []],
  [undefined, []],
])('slsa-verifier is told the tag of %j', (sourceRef, tag) => {
  const build = { ...source, ...(sourceRef !== undefined && { sourceRef }) };
  const signedAt = new Date('2026-11-20T12:00:00Z');
  const document = { role: 'attestation', url: 'https://example.org/x.jsonl' };
  const [command] = slsaVerified(document, { ...signer, signedAt, build })(files);
  expect(command?.argv).toEqual([
    ...['slsa-verifier', 'verify-artifact', '--provenance-path', 'x.jsonl'],
    ...['--source-uri', source.sourceRepository, ...tag, 'tool'],
  ]);
});
