import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createGithubSigstore } from '../../../../scripts/upstream/sigstore/github-sigstore.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import {
  logUrl,
  maxTrustedRootBytes,
  parseStampedRootDocument,
  parseTrustedRootDocument,
} from '../../../../src/verify/sigstore/trusted-root-document.ts';
import { parseTrustedRoot } from '../../../../src/verify/sigstore/trusted-root.ts';
import { refusal } from '../../../support/refusals.ts';
import { sigstore, validFrom } from '../../../support/throwaway-sigstore.ts';

const changed = (from: RegExp, to: string) => Buffer.from(sigstore.trustedRoot().replace(from, to));

type Json = Record<string, unknown>;

/** The root with what is at a place another: by the names of fields and numbers on the way there. */
function having(path: string, value: unknown, from = sigstore.trustedRoot()): Buffer {
  const root = JSON.parse(from) as Json;
  const steps = path.split('.');
  const parent = steps.slice(0, -1).reduce((at, step) => at[step] as Json, root);
  parent[steps.at(-1)!] = value;
  return Buffer.from(JSON.stringify(root));
}

const log = 'tlogs.0';
const authority = 'certificateAuthorities.0';
const chain = `${authority}.certChain`;
const inUtc = 'must be a time in UTC, like 2026-11-20T12:00:00Z';

it.each([
  [
    'a number that would be read as another one',
    changed(/"tlogs":\s*\[\s*\{/, '$&"x":9007199254740993,'),
    '9007199254740993',
  ],
  [
    'a log at what is no address',
    changed(/https:\/\/rekor.sigstore.dev/, 'rekor example'),
    'root.json: tlogs[0] must be at a URL, or a host',
  ],
  [
    'a chain of seventeen certificates',
    having(`${chain}.certificates`, Array(17).fill({ rawBytes: 'AAAA' })),
    'must have at most 16 members',
  ],
  ['a time of no zone', having(`${authority}.validFor.start`, '2026-11-20T12:00:00'), inUtc],
  [
    'an authority that ends before it starts',
    having(`${authority}.validFor.end`, '2000-01-01T00:00:00Z'),
    'must not end before it starts',
  ],
])('is refused with %s, which is said', async (_, bytes, said) => {
  const parse = () => parseTrustedRootDocument(bytes, 'root.json');
  const { message } = await refusal(parse, VerificationError, 'EVIDENCE_MALFORMED');
  expect(message).toContain(said);
});

it.each([
  '2026-02-30T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-11-20T24:00:00Z',
  '2026-11-20T12:00Z',
  'x2026-11-20T12:00:00Z',
  '2026-11-20T12:00:00Zx',
  '2026-11-20T12:00:00 Z',
  '2026-11-20T12:00:00Z (noon)',
  '+12026-11-20T12:00:00Z',
])('is refused with the time %s', async (time) => {
  const parse = () => parseTrustedRootDocument(having(`${authority}.validFor.start`, time), 'root.json');
  const { message } = await refusal(parse, VerificationError, 'EVIDENCE_MALFORMED');
  expect(message).toContain(inUtc);
});

it('is refused with what is no text for a time, of which no example is given', async () => {
  const parse = () => parseTrustedRootDocument(having(`${authority}.validFor.start`, 17), 'root.json');
  const { message } = await refusal(parse, VerificationError, 'EVIDENCE_MALFORMED');
  expect(message).not.toContain(inUtc);
});

it.each(['1970-01-01T00:00:00Z', '2024-02-29T23:59:59.123456789Z'])('may begin at %s', (time) => {
  const bytes = having(
    `${authority}.validFor.start`,
    time,
    having(`${authority}.validFor.end`, null).toString(),
  );
  const [found] = parseTrustedRootDocument(bytes, 'root.json').certificateAuthorities;
  expect(found?.validFor.start).toEqual(new Date(time));
});

it('may have a chain of sixteen certificates', () => {
  const bytes = having(`${chain}.certificates`, Array(16).fill({ rawBytes: 'AAAA' }));
  const [found] = parseTrustedRootDocument(bytes, 'root.json').certificateAuthorities;
  expect(found?.certChain.certificates).toHaveLength(16);
});

it('may be of either form, and has a size', async () => {
  const [old, later] = ['trustedroot+json;version=0.1', 'trustedroot.v0.2+json'].map((form) =>
    having('mediaType', `application/vnd.dev.sigstore.${form}`).toString(),
  );
  for (const text of [old!, later!])
    expect(parseTrustedRootDocument(Buffer.from(text), 'root.json')).toBeDefined();
  expect(parseTrustedRootDocument(Buffer.from(old!.padEnd(1_048_576)), 'root.json')).toBeDefined();
  const parse = () => parseTrustedRootDocument(Buffer.from(old!.padEnd(1_048_577)), 'root.json');
  await refusal(parse, VerificationError, 'LIMIT_EXCEEDED');
});

it('may have a log whose key is PKCS#1, as it says', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const der = publicKey.export({ type: 'pkcs1', format: 'der' }).toString('base64');
  const named = having(`${log}.publicKey.keyDetails`, 'PKCS1_RSA_PKCS1V5').toString();
  const root = parseTrustedRoot(having(`${log}.publicKey.rawBytes`, der, named), 'root.json');
  expect(root.material.tlogs[0]?.publicKey.asymmetricKeyType).toBe('rsa');
});

it('may have an authority of one moment', () => {
  const { start } = (JSON.parse(sigstore.trustedRoot()) as { tlogs: { publicKey: { validFor: Json } }[] })
    .tlogs[0]!.publicKey.validFor;
  const bytes = having(`${log}.publicKey.validFor.end`, start);
  const { validFor } = parseTrustedRootDocument(bytes, 'root.json').tlogs[0]!.publicKey;
  expect(validFor.end).toEqual(validFor.start);
});

describe('what is not known', () => {
  const problems = (bytes: Buffer) => {
    const { tlogs, certificateAuthorities } = parseTrustedRootDocument(bytes, 'root.json');
    return [tlogs[0]?.problem, certificateAuthorities[0]?.problem];
  };
  const field = 'it has the field "later", which is not known';

  it('is nothing in the root as it is, with or without what may be left out', () => {
    expect(problems(Buffer.from(sigstore.trustedRoot()))).toEqual([undefined, undefined]);
    expect(problems(having(`${authority}.subject`, undefined))).toEqual([undefined, undefined]);
    const named = { organization: 'sigstore.dev', commonName: 'sigstore' };
    expect(problems(having(`${authority}.subject`, named))).toEqual([undefined, undefined]);
    expect(problems(having(`${log}.checkpointKeyId`, { keyId: 'AAAA' }))).toEqual([undefined, undefined]);
  });

  it.each([
    [`${log}.publicKey.keyDetails`, 'PKIX_NEW', 'its key is of the type "PKIX_NEW", which is not known'],
    [`${log}.publicKey.keyDetails`, 'toString', 'its key is of the type "toString", which is not known'],
    [`${log}.hashAlgorithm`, 'SHA3_256', 'its hash is "SHA3_256", which is not known'],
    [`${log}.later`, 1, field],
    [`${log}.publicKey.later`, 1, field],
    [`${log}.publicKey.validFor.later`, 1, field],
    [`${log}.logId.later`, 1, field],
    [`${log}.checkpointKeyId`, { keyId: 'AAAA', later: 1 }, field],
  ])('makes the log unusable: %s', (path, value, problem) => {
    expect(problems(having(path, value))).toEqual([problem, undefined]);
  });

  it.each([
    [`${authority}.later`, 1],
    [`${authority}.subject`, { commonName: 'x', later: 1 }],
    [`${chain}.later`, 1],
    [`${chain}.certificates.0.later`, 1],
    [`${authority}.validFor.later`, 1],
  ])('makes the authority unusable: %s', (path, value) => {
    expect(problems(having(path, value))).toEqual([undefined, field]);
    // Whatever else is left out.
    const less = having(`${authority}.subject`, undefined).toString();
    expect(problems(having(path, value, less))).toEqual([undefined, field]);
  });
});

it.each([
  ['https://log.example.org/2026', 'https://log.example.org/2026'],
  ['HTTP://log.example.org/', 'http://log.example.org/'],
  ['log.example.org', 'https://log.example.org/'],
  ['log.example.org/2026?like=http://example.org', 'https://log.example.org/2026?like=http://example.org'],
  ['', undefined],
  ['a log', undefined],
  ['file:///log', undefined],
])('a log at %j is at %j', (baseUrl, url) => {
  expect(logUrl(baseUrl)?.href).toBe(url);
});

describe('a file of roots', () => {
  const own = createGithubSigstore(validFrom).trustedRoot;
  const one = JSON.stringify(JSON.parse(own));
  const parse = (text: string | Buffer) => parseStampedRootDocument(Buffer.from(text as string), 'roots');

  it('is passed over, of instances with logs of any kind', async () => {
    const { ctlogs, tlogs } = JSON.parse(sigstore.trustedRoot()) as Json;
    for (const logs of [{ ctlogs }, { tlogs }, { ctlogs, tlogs }]) {
      const logged = JSON.stringify({ ...(JSON.parse(own) as Json), ...logs });
      expect(parse(`${logged}\n${one}`).certificateAuthorities).toHaveLength(1);
      await refusal(() => parse(logged), VerificationError, 'EVIDENCE_MISSING');
    }
  });

  it('is one document where not every line of it is one, in whatever letters', () => {
    expect(parse(one.replace('},', '}\n,')).certificateAuthorities).toHaveLength(1);
    for (const text of [one, `${one}\n`]) {
      const named = parse(having('certificateAuthorities.0.operator', 'Grüße', text));
      expect(named.certificateAuthorities[0]?.operator).toBe('Grüße');
    }
  });

  it('is refused where it is too large, and with a number that would be read as another one', async () => {
    expect(parse(one.padEnd(maxTrustedRootBytes)).certificateAuthorities).toHaveLength(1);
    const [large, odd] = [one.padEnd(maxTrustedRootBytes + 1), one.replace('{', '{"x":9007199254740993,')];
    await refusal(() => parse(large), VerificationError, 'LIMIT_EXCEEDED');
    const { message } = await refusal(() => parse(odd), VerificationError, 'EVIDENCE_MALFORMED');
    expect(message).toContain('9007199254740993');
  });
});
