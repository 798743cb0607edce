import seeds from '@sigstore/tuf/seeds.json' with { type: 'json' };
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blobBundle } from '../../../../scripts/upstream/sigstore/renderings.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { describeLog, parseTrustedRoot } from '../../../../src/verify/sigstore/trusted-root.ts';
import { refusal } from '../../../support/refusals.ts';
import { root as checkout } from '../../../support/run-assay.ts';
import { judge, sign, sigstore } from '../../../support/throwaway-sigstore.ts';

const text = sigstore.trustedRoot();
const parse = (root: string | Buffer) => parseTrustedRoot(Buffer.from(root), 'root.json');
async function refuses(root: string | Buffer): Promise<void> {
  await refusal(() => parse(root), VerificationError, 'SIGNER_UNTRUSTED');
}

type Json = Record<string, unknown>;
const longer = Buffer.concat([sigstore.authority.chain[0]!, Buffer.of(0)]).toString('base64');

/** The throwaway root with one field another: by path; undefined removes it. */
function changed(path: string, value: unknown): string {
  const root = JSON.parse(text) as Json;
  const steps = path.split('.');
  const parent = steps.slice(0, -1).reduce((at, step) => at[step] as Json, root);
  parent[steps.at(-1)!] = value;
  return JSON.stringify(root);
}

it('says of a log that cannot be used why, by either of its IDs, and of others nothing', () => {
  const root = JSON.parse(changed('tlogs.0.hashAlgorithm', 'SHA3_256')) as { tlogs: Json[] };
  Object.assign(root.tlogs[0]!, { checkpointKeyId: { keyId: 'AAAA' } });
  const parsed = parse(JSON.stringify(root));
  const [log] = parsed.unusableLogs;
  const why = 'at "https://rekor.sigstore.dev" (its hash is "SHA3_256", which is not known)';
  for (const id of [log!.logId.keyId, Buffer.alloc(3)]) {
    expect(describeLog(id, parsed)).toBe(`the log ${id.toString('hex')} ${why}`);
  }
  expect(describeLog(Buffer.of(1), parsed)).toBe('the log 01');
});

describe('parseTrustedRoot', () => {
  it('reads authorities, logs and timestamp authorities with their validity', () => {
    const { material, certificateAuthorities, timestampAuthorities, unusableLogs } = parse(text);
    expect(unusableLogs).toEqual([]);
    expect(material.tlogs.map(({ baseURL }) => baseURL)).toEqual([
      'https://rekor.sigstore.dev',
      'https://log2026-1.rekor.sigstore.dev',
    ]);
    expect(material.tlogs[0]!.validFor.start).toEqual(new Date('2026-01-01T00:00:00Z'));
    expect(certificateAuthorities[0]!.certificates.map(({ der }) => der)).toEqual(sigstore.authority.chain);
    const start = new Date('2026-01-01T00:00:00Z');
    expect(certificateAuthorities[0]!.validFor).toEqual({ start, end: new Date(8.64e15) });
    expect(timestampAuthorities[0]!.certificate.der).toEqual(sigstore.timestampAuthority.chain[0]);
  });

  it('needs no timestamp authorities, which not every instance has', () => {
    expect(parse(changed('timestampAuthorities', [])).timestampAuthorities).toEqual([]);
    expect(parse(changed('timestampAuthorities', undefined)).timestampAuthorities).toEqual([]);
  });

  it.each([
    'tlogs.0.publicKey.validFor.start',
    'tlogs.1.publicKey.validFor.start',
    'ctlogs.0.publicKey.validFor.start',
    'certificateAuthorities.0.validFor.start',
    'timestampAuthorities.0.validFor.start',
    'tlogs.0.publicKey.validFor',
    'certificateAuthorities.0.validFor',
    'tlogs.0.publicKey',
    'tlogs.0.logId',
    'tlogs',
    'ctlogs',
    'certificateAuthorities',
    'mediaType',
  ])('refuses a root without %s', (path) => refuses(changed(path, undefined)));

  it.each<[string, string, unknown]>([
    ['no logs', 'tlogs', []],
    ['no authorities', 'certificateAuthorities', []],
    ['no certificate transparency', 'ctlogs', []],
    ['an authority without certificates', 'certificateAuthorities.0.certChain.certificates', []],
    ['a start of nothing', 'tlogs.0.publicKey.validFor.start', null],
    ['a start that is no time', 'tlogs.0.publicKey.validFor.start', 'yesterday'],
    ['a start without zone', 'tlogs.0.publicKey.validFor.start', '2026-01-01T00:00:00'],
    ['an end before the start', 'tlogs.0.publicKey.validFor.end', '2025-01-01T00:00:00Z'],
    ['another media type', 'mediaType', 'application/vnd.dev.sigstore.trustedroot+json;version=9'],
    ['base64 with a line end', 'tlogs.0.logId.keyId', `${sigstore.rekor.id.toString('base64')}\n`],
    ['an empty log ID', 'tlogs.0.logId.keyId', ''],
    ['a key that is none', 'tlogs.0.publicKey.rawBytes', 'AAAA'],
    ['a certificate that is none', 'certificateAuthorities.0.certChain.certificates.0.rawBytes', 'AAAA'],
    ['a log that is nowhere', 'tlogs.0.baseUrl', ''],
    ['a log at what is no address', 'tlogs.0.baseUrl', 'rekor example'],
    ['a log in a file', 'tlogs.0.baseUrl', 'file:///rekor'],
    ['a field that is not known', 'revoked', []],
    ['no kind of key', 'tlogs.0.publicKey.keyDetails', undefined],
    [
      'a certificate with a byte behind it',
      'certificateAuthorities.0.certChain.certificates.0.rawBytes',
      longer,
    ],
  ])('refuses %s', (_, path, value) => refuses(changed(path, value)));

  it.each([
    ['nothing', ''],
    ['text', 'trust me'],
    ['a list', '[]'],
    ['a root twice', text + text],
    ['a root cut short', text.slice(0, -3)],
    ['a repeated key', text.replace('{', '{"tlogs":[],')],
    ['YAML', 'tlogs: []'],
  ])('refuses %s', (_, root) => refuses(root));

  it('is of either version', () => {
    const second = 'application/vnd.dev.sigstore.trustedroot.v0.2+json';
    expect(parse(changed('mediaType', second)).material.tlogs).toHaveLength(2);
  });

  it('refuses what is larger than any root', async () => {
    const largest = text.padEnd(1024 * 1024);
    expect(parse(largest).material.tlogs).toHaveLength(2);
    const { cause } = await refusal(() => parse(`${largest} `), VerificationError, 'SIGNER_UNTRUSTED');
    expect(cause).toHaveProperty('code', 'LIMIT_EXCEEDED');
  });

  it('may have one log, and a key of RSA as it was written in 2021', () => {
    const root = JSON.parse(text) as { tlogs: object[]; ctlogs: { publicKey: object }[] };
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const rawBytes = publicKey.export({ type: 'pkcs1', format: 'der' }).toString('base64');
    Object.assign(root.ctlogs[0]!.publicKey, { keyDetails: 'PKCS1_RSA_PKCS1V5', rawBytes });
    const { tlogs, ctlogs } = parse(JSON.stringify({ ...root, tlogs: root.tlogs.slice(0, 1) })).material;
    expect(tlogs).toHaveLength(1);
    expect(ctlogs[0]!.publicKey.equals(publicKey)).toBe(true);
  });

  it('says so of a key that is none', async () => {
    const root = changed('tlogs.0.publicKey.rawBytes', 'AAAA');
    const { message } = await refusal(() => parse(root), VerificationError, 'SIGNER_UNTRUSTED');
    expect(message).toBe('trusted root root.json holds a key that is none');
  });
});

describe('null in the place of a field', () => {
  const bundle = blobBundle(sign());

  it.each([
    'tlogs.0.publicKey.validFor.end',
    'tlogs.0.operator',
    'tlogs.0.checkpointKeyId',
    'ctlogs.0.baseUrl',
    'certificateAuthorities.0.subject',
    'certificateAuthorities.0.subject.organization',
    'certificateAuthorities.0.uri',
    'certificateAuthorities.0.validFor.end',
    'timestampAuthorities',
    'timestampAuthorities.0.validFor.end',
  ])('is as if %s were absent', async (path) => {
    await judge(bundle, { root: parse(changed(path, null)) });
  });

  it.each([
    'mediaType',
    'tlogs',
    'tlogs.0',
    'tlogs.0.baseUrl',
    'tlogs.0.hashAlgorithm',
    'tlogs.0.logId',
    'tlogs.0.logId.keyId',
    'tlogs.0.publicKey',
    'tlogs.0.publicKey.rawBytes',
    'tlogs.0.publicKey.keyDetails',
    'tlogs.0.publicKey.validFor',
    'tlogs.0.publicKey.validFor.start',
    'ctlogs',
    'certificateAuthorities',
    'certificateAuthorities.0.certChain',
    'certificateAuthorities.0.certChain.certificates',
    'certificateAuthorities.0.validFor',
    'timestampAuthorities.0.validFor.start',
  ])('is refused of %s, which must be there', (path) => refuses(changed(path, null)));
});

describe('what is not known about one part of a root', () => {
  const v1 = blobBundle(sign());
  const v2 = blobBundle(sign({ log: 'v2' }));
  /** `rests`: what the part vouches for, and no other does. */
  interface Case {
    readonly part: string;
    readonly rests: string;
    readonly other: string | undefined;
    readonly name: string;
    readonly field?: string;
    readonly value?: unknown;
  }
  const parts: readonly Case[] = [
    { part: 'tlogs.0', rests: v1, other: v2, name: 'https://rekor.sigstore.dev' },
    { part: 'tlogs.1', rests: v2, other: v1, name: 'log2026-1.rekor.sigstore.dev' },
    { part: 'timestampAuthorities.0', rests: v2, other: v1, name: 'timestamp.sigstore.dev' },
    { part: 'ctlogs.0', rests: v1, other: undefined, name: 'ctfe.sigstore.dev' },
    { part: 'certificateAuthorities.0', rests: v2, other: undefined, name: 'fulcio.sigstore.dev' },
  ];

  it.each(
    parts.flatMap((part): Case[] => [
      { ...part, field: 'constraint', value: 'x' },
      ...(part.part.includes('logs')
        ? [
            { ...part, field: 'publicKey.keyDetails', value: 'PKIX_ML_DSA_65' },
            { ...part, field: 'publicKey.surprise', value: null },
            { ...part, field: 'publicKey.validFor.ends', value: '2027-01-01T00:00:00Z' },
            { ...part, field: 'logId.kind', value: 1 },
            { ...part, field: 'checkpointKeyId', value: { keyId: 'AAAA', kind: 1 } },
            { ...part, field: 'hashAlgorithm', value: 'SHA3_256' },
          ]
        : [
            { ...part, field: 'validFor.ends', value: '2027-01-01T00:00:00Z' },
            { ...part, field: 'certChain.policy', value: {} },
            { ...part, field: 'certChain.certificates.0.purpose', value: 'x' },
            { ...part, field: 'subject.country', value: 'x' },
          ]),
    ]),
  )(
    '$part.$field: refuses what rests on it, by name, and nothing else',
    async ({ part, field, value, rests, other, name }) => {
      const root = parse(changed(`${part}.${String(field)}`, value));
      const error = await refusal(judge(rests, { root }), VerificationError, 'SIGNER_UNTRUSTED');
      expect(error.message).toContain(name);
      expect(error.message).toMatch(/not known/);
      if (other !== undefined) await judge(other, { root });
    },
  );

  it('does not spoil a root that has it beside what it had', async () => {
    const root = JSON.parse(text) as { tlogs: Json[]; ctlogs: Json[] };
    const future = {
      ...(root.tlogs[0] as { publicKey: Json }),
      logId: { keyId: Buffer.alloc(32, 9).toString('base64') },
      baseUrl: 'https://log2027.example.org',
    };
    future.publicKey = {
      ...future.publicKey,
      keyDetails: 'PKIX_ML_DSA_65',
      rawBytes: Buffer.alloc(1952).toString('base64'),
    };
    for (const group of ['tlogs', 'ctlogs'] as const) {
      const more = { ...root, [group]: [future, ...root[group]] };
      await judge(v1, { root: parse(JSON.stringify(more)) });
    }
  });

  it('is a key of an authority, too, that cannot be read', async () => {
    const [, own] = sigstore.authority.chain as [Buffer, Buffer];
    // The identifier of the kind of key, id-ecPublicKey.
    const kind = own.indexOf(Buffer.from('06072a8648ce3d0201', 'hex'));
    const unknown = Buffer.from(own);
    unknown[kind + 8] = 0x7f;
    const chain = 'certificateAuthorities.0.certChain.certificates.1.rawBytes';
    const root = parse(changed(chain, unknown.toString('base64')));
    await refusal(judge(v1, { root }), VerificationError, 'SIGNER_UNTRUSTED');
  });
});

describe('the address of a log', () => {
  it('may be without a scheme', async () => {
    for (const [log, baseUrl] of ['rekor.sigstore.dev', 'log2026-1.rekor.sigstore.dev'].entries()) {
      const root = parse(changed(`tlogs.${log}.baseUrl`, baseUrl));
      await judge(blobBundle(sign({ log: log === 0 ? 'v1' : 'v2' })), { root });
    }
  });

  it.each(['rekor.example.org', 'sigstore.dev', 'xrekor.sigstore.dev'])(
    'must be that of its checkpoints, which %s is not',
    async (baseUrl) => {
      const root = parse(changed('tlogs.0.baseUrl', baseUrl));
      await refusal(judge(blobBundle(sign()), { root }), VerificationError, 'SIGNATURE_INVALID');
    },
  );
});

describe("the project's own root", () => {
  const bytes = readFileSync(join(checkout, 'trust/sigstore-trusted-root.json'));

  it('is the one that @sigstore/tuf carries', () => {
    const target = seeds['https://tuf-repo-cdn.sigstore.dev'].targets['trusted_root.json'];
    expect(bytes.equals(Buffer.from(target, 'base64'))).toBe(true);
  });

  it('holds the public-good instance', () => {
    const { digest, material } = parse(bytes);
    expect(digest).toBe('sha256:6494e21ea73fa7ee769f85f57d5a3e6a08725eae1e38c755fc3517c9e6bc0b66');
    expect(material.tlogs.map(({ baseURL }) => baseURL)).toContain('https://rekor.sigstore.dev');
  });
});
