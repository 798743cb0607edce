import seeds from '@sigstore/tuf/seeds.json' with { type: 'json' };
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../../src/model/errors.ts';
import { parseTrustedRoot } from '../../../../src/verify/sigstore/trusted-root.ts';
import { refusal } from '../../../support/refusals.ts';
import { root as checkout } from '../../../support/run-assay.ts';
import { sigstore } from '../../../support/throwaway-sigstore.ts';

const text = sigstore.trustedRoot();
const parse = (root: string | Buffer) => parseTrustedRoot(Buffer.from(root), 'root.json');
async function refuses(root: string | Buffer): Promise<void> {
  await refusal(() => parse(root), VerificationError, 'SIGNER_UNTRUSTED');
}

type Json = Record<string, unknown>;

/** The throwaway root with one field another: by path; undefined removes it. */
function changed(path: string, value: unknown): string {
  const root = JSON.parse(text) as Json;
  const steps = path.split('.');
  const parent = steps.slice(0, -1).reduce((at, step) => at[step] as Json, root);
  parent[steps.at(-1)!] = value;
  return JSON.stringify(root);
}

describe('parseTrustedRoot', () => {
  it('reads authorities, logs and timestamp authorities with their validity', () => {
    const { material, authorityCertificates } = parse(text);
    expect(material.tlogs.map(({ baseURL }) => baseURL)).toEqual([
      'https://rekor.sigstore.dev',
      'https://log2026-1.rekor.sigstore.dev',
    ]);
    expect(material.tlogs[0]!.validFor.start).toEqual(new Date('2026-01-01T00:00:00Z'));
    expect(authorityCertificates).toEqual(sigstore.authority.chain);
    expect(material.timestampAuthorities).toHaveLength(1);
  });

  it('needs no timestamp authorities, which not every instance has', () => {
    expect(parse(changed('timestampAuthorities', [])).material.timestampAuthorities).toEqual([]);
    expect(parse(changed('timestampAuthorities', undefined)).material.timestampAuthorities).toEqual([]);
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
    ['an end by another name', 'tlogs.0.publicKey.validFor.ends', '2027-01-01T00:00:00Z'],
    ['a field that is not known', 'certificateAuthorities.0.constraint', 'x'],
    ['another media type', 'mediaType', 'application/vnd.dev.sigstore.trustedroot+json;version=9'],
    ['base64 with a line end', 'tlogs.0.logId.keyId', `${sigstore.rekor.id.toString('base64')}\n`],
    ['an empty log ID', 'tlogs.0.logId.keyId', ''],
    ['a key that is none', 'tlogs.0.publicKey.rawBytes', 'AAAA'],
    ['a certificate that is none', 'certificateAuthorities.0.certChain.certificates.0.rawBytes', 'AAAA'],
    ['a key of an unknown kind', 'tlogs.0.publicKey.keyDetails', 'PKIX_MAGIC'],
    ['another hash', 'tlogs.0.hashAlgorithm', 'SHA1'],
    ['a log that is nowhere', 'tlogs.0.baseUrl', 'rekor'],
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

  it('refuses what is far larger than any root', () => refuses(Buffer.alloc(2 << 20, 0x20)));
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
