/** Commands for what a person may see without assay; those of each method are in `told.test.ts`. */
import { expect, it } from 'vitest';
import { ghAttestation, slsaVerified, stanzaOf } from '../../../src/verify/by-hand.ts';
import type { Command } from '../../../src/formats/own/proof-chain.ts';
import type { HandFiles } from '../../../src/verify/trail.ts';

const files = { document: () => 'x.jsonl', artifact: () => 'tool' } as unknown as HandFiles;
const document = { role: 'attestation', url: 'https://example.org/x.jsonl' };
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
  const [command] = slsaVerified(document, { ...signer, signedAt, build })(files);
  expect(command?.argv).toEqual([
    ...['slsa-verifier', 'verify-artifact', '--provenance-path', 'x.jsonl'],
    ...['--source-uri', source.sourceRepository, ...tag, 'tool'],
  ]);
});

it('slsa-verifier is told no tag of a signer that names no build', () => {
  const [command] = slsaVerified(document, { ...signer, signedAt: new Date(0) })(files);
  expect(command?.argv.slice(-3)).toEqual(['--source-uri', '', 'tool']);
});

it.each([
  ['Packages.gz', 'libc6', ['gzip -dc Packages.gz > Packages'], 'libc6', 'Packages'],
  ['Packages.xz', 'g++', ['xz -dc Packages.xz > Packages'], 'g[+][+]', 'Packages'],
  ['Packages', 'python3.13', [], 'python3[.]13', 'Packages'],
])('of %s, the stanza of %s is found by its name', (index, name, unpacked, pattern, plain) => {
  const made: string[] = [];
  const textOf = ({ argv, stdout }: Command) => `${argv.join(' ')} > ${String(stdout)}`;
  const inFolder = {
    document: () => index,
    make(wanted: string, command: (name: string) => Command) {
      made.push(textOf(command(wanted)));
      return wanted;
    },
  } as unknown as HandFiles;
  const commands = stanzaOf(document, name, `sha256:${'a'.repeat(64)}`)(inFolder);
  expect(made).toEqual([...unpacked, `awk -v RS= /(^|\\n)Package: ${pattern}(\\n|$)/ ${plain} > stanza`]);
  expect(commands).toEqual([{ argv: ['grep', '-F', 'a'.repeat(64), 'stanza'] }]);
});

it.each([
  [undefined, []],
  ['c'.repeat(40), ['--source-digest', 'c'.repeat(40)]],
])('gh is told the commit %j', (sourceDigest, commit) => {
  const policy = { identity: 'me', issuer: 'https://example.org', sourceRef: 'refs/tags/v1' };
  const asked = { repository: 'owner/project', predicateType: 'https://slsa.dev/provenance/v1' };
  const [command] = ghAttestation(asked, { ...policy, sourceDigest }, (of) => of.artifact())(files);
  expect(command?.argv).toEqual([
    ...['gh', 'attestation', 'verify', 'tool', '--repo', 'owner/project', '--source-ref', 'refs/tags/v1'],
    ...commit,
    ...['--predicate-type', 'https://slsa.dev/provenance/v1'],
    ...['--cert-identity', 'me', '--cert-oidc-issuer', 'https://example.org'],
  ]);
});
