/**
 * What strangers write is read in a time that grows with its size, and ends in a value or in an error of ours, of a
 * length that one can read: whatever is repeated, nested or left open in it.
 */
import { describe, expect, it } from 'vitest';
import { checksumOf, parseChecksums } from '../../src/formats/upstream/checksums.ts';
import { parseRegistryChallenge } from '../../src/formats/upstream/registry-challenge.ts';
import { parseEvidence, parseRemembered } from '../../src/formats/own/evidence.ts';
import { readGoConstant } from '../../src/formats/upstream/go-constant.ts';
import { parseStatement } from '../../src/formats/upstream/in-toto.ts';
import { parseManifest } from '../../src/formats/own/manifest.ts';
import { parseImageConfig, parseOciDocument } from '../../src/formats/upstream/oci-manifest.ts';
import { parsePem } from '../../src/formats/text/pem.ts';
import { parseSimpleSigning } from '../../src/formats/upstream/simple-signing.ts';
import { parseStrictJson } from '../../src/formats/text/strict-json.ts';
import { parseTrustPins } from '../../src/verify/anchors/pins.ts';
import { UsageError } from '../../src/model/errors.ts';
import { loadCatalogue } from '../../src/pipeline/manifests/catalogue.ts';
import { frameCleartext } from '../../src/verify/openpgp/frame-cleartext.ts';
import { readPublicKeys } from '../../src/verify/openpgp/read-keys.ts';
import { readDetachedSignature } from '../../src/verify/openpgp/read-signatures.ts';
import { findBundles } from '../../src/verify/sigstore/bundle-file.ts';
import { parseCheckpoint } from '../../src/verify/sigstore/checkpoint.ts';
import { readLoggedVerifier } from '../../src/verify/sigstore/entry-body.ts';
import { parseTrustedRootDocument } from '../../src/verify/sigstore/trusted-root-document.ts';
import { parseTufDocument } from '../../src/verify/tuf/metadata.ts';
import { growthOf } from '../support/growth.ts';

const what = 'a file';
const bundleHead = '"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"';
const statementHead = '"_type":"https://in-toto.io/Statement/v1","predicateType":"x"';
const descriptor = `"mediaType":"a/b","digest":"sha256:${'a'.repeat(64)}","size":1`;

const keys = (count: number, value = '0') =>
  Array.from({ length: count }, (_, index) => `"k${String(index)}":${value}`).join();
const values = (count: number, value = '0') => Array(count).fill(value).join();
const lines = (count: number, lineOf: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => lineOf(index)).join('\n');
const armor = (label: string, body: string) =>
  `-----BEGIN PGP ${label}-----\n\n${body}-----END PGP ${label}-----\n`;

const json = (text: string) =>
  parseStrictJson(Buffer.from(text), (message) => new UsageError('MANIFEST_INVALID', message));
const bundle = (text: string) => findBundles(Buffer.from(text), what).map((unread) => unread.read());
const statement = (subjects: string) =>
  parseStatement(Buffer.from(`{${statementHead},"subject":[${subjects}]}`), what);
const oci = (text: string) => parseOciDocument(Buffer.from(`{"schemaVersion":2,${text}}`), what);
const checksums = (text: string) =>
  checksumOf(parseChecksums(Buffer.from(text), what), { name: 'tool', nameless: false }, what);
const go = (text: string) => readGoConstant(Buffer.from(text), 'A', what);
const catalogue = (text: string) => loadCatalogue(Buffer.from(text), what);
const tuf = (text: string) => parseTufDocument('root', Buffer.from(text), what);
const root = (text: string) => parseTrustedRootDocument(Buffer.from(text), what);
const manifest = (text: string) => parseManifest(Buffer.from(`{"vmconfig":{${text}}}`), what);
const pem = (body: string) => parsePem(`-----BEGIN CERTIFICATE-----\n${body}-----END X`, 'CERTIFICATE');
const bodyOf = (signatures: string) =>
  `{"kind":"dsse","apiVersion":"0.0.1","spec":{"payloadHash":{},"signatures":[${signatures}]}}`;

type Hostile = readonly [what: string, size: number, read: (size: number) => unknown];

const texts: Readonly<Record<string, readonly Hostile[]>> = {
  JSON: [
    ['keys', 20_000, (n) => json(`{${keys(n)}}`)],
    ['escapes', 100_000, (n) => json(`"${'\\n'.repeat(n)}"`)],
    ['escapes that never end', 100_000, (n) => json(`"${'\\n'.repeat(n)}`)],
    ['levels', 100_000, (n) => json('['.repeat(n))],
    ['blanks', 100_000, (n) => json(`${' '.repeat(n)}x`)],
    ['a long key, twice', 100_000, (n) => json(`{"${'x'.repeat(n)}":0,"${'x'.repeat(n)}":0}`)],
  ],
  YAML: [
    ['keys', 1000, (n) => catalogue(lines(n, (index) => `k${String(index)}: 0`))],
    ['one key again and again', 1000, (n) => catalogue('a: 0\n'.repeat(n))],
    ['dependencies', 500, (n) => catalogue(`dependencies:\n${lines(n, (i) => `  d${String(i)}: {}`)}`)],
    ['lists in lists', 5000, (n) => catalogue('['.repeat(n))],
    ['maps in maps', 3000, (n) => catalogue('{a: '.repeat(n))],
    ['mistakes', 3000, (n) => catalogue('- @\n'.repeat(n))],
    ['anchors', 1000, (n) => catalogue(lines(n, (index) => `k${String(index)}: &a${String(index)} x`))],
    ['pins', 500, (n) => parseTrustPins(`anchors:\n${lines(n, (i) => `  a${String(i)}: {}`)}`, what)],
  ],
  'files of checksums': [
    ['other lines', 5000, (n) => checksums(lines(n, (i) => `${'a'.repeat(64)}  ${String(i)}`))],
    [
      'lines of nearly the name',
      5000,
      (n) => checksums(lines(n, (i) => `${'a'.repeat(64)}  ${String(i)}/tool`)),
    ],
    ['the name in lines that are none', 20_000, (n) => checksums('tool (tool) \n'.repeat(n))],
    ['blanks', 100_000, (n) => checksums(`${'a'.repeat(64)}${' '.repeat(n)}x`)],
    ['brackets', 50_000, (n) => checksums(`SHA256 (${') = ('.repeat(n)}`)],
    ['escapes', 50_000, (n) => checksums(`\\${'a'.repeat(64)}  ${'\\\\'.repeat(n)}`)],
  ],
  bundles: [
    ['keys', 30_000, (n) => bundle(`{${bundleHead},${keys(n)}}`)],
    [
      'keys of an entry',
      30_000,
      (n) => bundle(`{${bundleHead},"verificationMaterial":{"tlogEntries":[{${keys(n)}}]}}`),
    ],
    [
      'entries',
      50_000,
      (n) => bundle(`{${bundleHead},"verificationMaterial":{"tlogEntries":[${values(n)}]}}`),
    ],
    ['keys of the old form', 30_000, (n) => bundle(`{"base64Signature":"",${keys(n)}}`)],
    ['empty lines', 100_000, (n) => bundle('\n'.repeat(n))],
    [
      'signatures in a body',
      20_000,
      (n) => readLoggedVerifier(Buffer.from(bodyOf(values(n))), 'dsseEnvelope', what),
    ],
    [
      'lines of a checkpoint',
      5000,
      (n) => parseCheckpoint(`a\n1\n${'A'.repeat(43)}=\n\n${'\u2014 a AAAA\n'.repeat(n)}`),
    ],
    ['lines of PEM', 10_000, (n) => pem(`${'A'.repeat(64)}\n`.repeat(n))],
  ],
  statements: [
    ['subjects', 10_000, (n) => statement(values(n, '{"name":"a","digest":{"sha256":"00"}}'))],
    ['subjects that are none', 20_000, (n) => statement(values(n))],
    ['digests that are none', 10_000, (n) => statement(`{"digest":{${keys(n)}}}`)],
  ],
  images: [
    ['annotations', 10_000, (n) => oci(`"manifests":[{${descriptor},"annotations":{${keys(n)}}}]`)],
    ['layers that are none', 50_000, (n) => oci(`"config":{},"layers":[${values(n)}]`)],
    ['keys of a configuration', 30_000, (n) => parseImageConfig(Buffer.from(`{${keys(n)}}`), what)],
    ['keys of a payload', 1500, (n) => parseSimpleSigning(Buffer.from(`{"critical":{${keys(n)}}}`), what)],
    ['parameters of a challenge', 20_000, (n) => parseRegistryChallenge(`Bearer ${'a=b,'.repeat(n)}`, what)],
    [
      'a quoted realm that never ends',
      50_000,
      (n) => parseRegistryChallenge(`Bearer realm="${'\\a'.repeat(n)}`, what),
    ],
  ],
  roots: [
    ['keys of a log', 10_000, (n) => root(`{"tlogs":[{${keys(n)}}]}`)],
    ['logs that are none', 8000, (n) => root(`{"tlogs":[${values(n, '{}')}]}`)],
    ['key IDs that are none', 15_000, (n) => tuf(`{"signed":{"roles":{"root":{"keyids":[${values(n)}]}}}}`)],
    ['signatures that are none', 20_000, (n) => tuf(`{"signed":{},"signatures":[${values(n)}]}`)],
  ],
  'OpenPGP files': [
    ['lines of text', 50_000, (n) => readPublicKeys(Buffer.from('a\n'.repeat(n)))],
    ['blanks', 100_000, (n) => readPublicKeys(Buffer.from(' '.repeat(n)))],
    [
      'lines of armor',
      20_000,
      (n) => readPublicKeys(Buffer.from(armor('PUBLIC KEY BLOCK', 'AAAA\n'.repeat(n)))),
    ],
    [
      'blocks of armor',
      1000,
      (n) => readPublicKeys(Buffer.from(armor('PUBLIC KEY BLOCK', 'AAAA\n').repeat(n))),
    ],
    [
      'lines of a signature',
      5000,
      (n) => readDetachedSignature(Buffer.from(armor('SIGNATURE', 'AAAA\n'.repeat(n)))),
    ],
    [
      'lines of a message',
      20_000,
      (n) => frameCleartext(Buffer.from(`-----BEGIN PGP SIGNED MESSAGE-----\n\n${'a \n'.repeat(n)}`)),
    ],
  ],
  'Go source': [
    ['comments', 20_000, (n) => go('/* */'.repeat(n))],
    ['comments that never end', 20_000, (n) => go('/* '.repeat(n))],
    ['a long string', 50_000, (n) => go(`const A = "${'\\n'.repeat(n)}"`)],
    ['definitions', 4000, (n) => go('const A = "x"\n'.repeat(n))],
  ],
  'our own files': [
    ['keys of a manifest', 5000, (n) => manifest(keys(n))],
    ['dependencies that are none', 5000, (n) => manifest(`"dependencies":{${keys(n)}}`)],
    ['images that are none', 5000, (n) => manifest(`"images":[${values(n)}]`)],
    [
      'evidence that is none',
      8000,
      (n) => parseEvidence(Buffer.from(`{"version":1,"entries":{${keys(n)}}}`), what),
    ],
    ['levels of evidence', 100_000, (n) => parseEvidence(Buffer.from('['.repeat(n)), what)],
    [
      'dates that are none',
      8000,
      (n) => parseRemembered(Buffer.from(`{"version":1,"dates":{${keys(n)}}}`), what),
    ],
  ],
};

describe.each(Object.entries(texts))('%s', (_, hostile) => {
  it.each(hostile)('with many or long %s', async (_name, size, read) => {
    const { timeMs, ratio, outcome } = await growthOf(read, size);
    // Sixteen is the square; what takes no time tells nothing.
    if (timeMs > 100) expect(ratio).toBeLessThan(11);
    const [, length = '0'] = / in (\d+) characters$/.exec(outcome) ?? [];
    expect(Number(length)).toBeLessThan(20_000);
  });
});

/** More than a call has room for arguments. */
describe('a hundred thousand mistakes and more', () => {
  it.each<[string, () => unknown]>([
    ['unknown keys of a bundle', () => bundle(`{${bundleHead},${keys(150_000)}}`)],
    ['digests in a statement', () => statement(`{"digest":{${keys(150_000)}}}`)],
    ['annotations of an image', () => oci(`"manifests":[{${descriptor},"annotations":{${keys(150_000)}}}]`)],
    ['key IDs of a root', () => tuf(`{"signed":{"roles":{"root":{"keyids":[${values(150_000)}]}}}}`)],
  ])('%s are a refusal like another', (_, read) => {
    expect(read).toThrow(expect.objectContaining({ code: 'EVIDENCE_MALFORMED', exitCode: 5 }) as Error);
  });
});
