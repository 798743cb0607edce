import { describe, expect, it } from 'vitest';
import {
  alternativeNames,
  fulcioExtension,
  signCertificate,
  toPem,
} from '../../../../scripts/upstream/sigstore/certificate.ts';
import type { Der } from '../../../../scripts/upstream/sigstore/der.ts';
import { generateEcdsaKey } from '../../../../scripts/upstream/sigstore/keys.ts';
import { legacyBundle } from '../../../../scripts/upstream/sigstore/renderings.ts';
import { renderStatement, signBareEnvelope } from '../../../../scripts/upstream/sigstore/signing.ts';
import { maxBundleBytes } from '../../../../src/verify/sigstore/bundle.ts';
import {
  signerOfDetached,
  signersInAttestations,
  signersInBundles,
} from '../../../../src/verify/sigstore/claimed-signer.ts';
import {
  at,
  attest,
  digestOf,
  sign,
  sigstore,
  tool,
  validFrom,
  who,
  workflow,
} from '../../../support/throwaway-sigstore.ts';

const url = 'https://api.github.com/repos/o/tool/attestations/sha256:00';

describe('whose signature evidence claims to be', () => {
  it.each([
    'no JSON',
    'null',
    '[]',
    '{"attestations":null}',
    '{"attestations":[null]}',
    '{"attestations":[{}]}',
    '{"attestations":[{"bundle":null,"bundle_url":"https://example.org/x"}]}',
    '{"attestations":[{"bundle":{"mediaType":1}}]}',
    `{"attestations":[${'{},'.repeat(100)}{}]}`,
  ])('is nobody where GitHub answers %.60s', (text) => {
    expect(signersInAttestations({ bytes: Buffer.from(text), url })).toEqual([]);
  });

  it('is who signed a bundle in its answer', () => {
    const bytes = Buffer.from(`{"attestations":[{},{"bundle":${attest(workflow)}}]}`);
    expect(signersInAttestations({ bytes, url })).toEqual([
      { ...workflow, sourceRepository: 'https://github.com/owner/project', sourceRef: 'refs/tags/v1.0.0' },
    ]);
  });

  it('is who signed a bundle of an older version, which has a chain in place of a certificate', () => {
    expect(signersInBundles(Buffer.from(legacyBundle(sign())), 'tool.bundle')).toMatchObject([who]);
  });

  it('is who signed an envelope that is no bundle', () => {
    const { text } = signBareEnvelope(sigstore, renderStatement([tool]), { ...workflow, at, log: 'none' });
    expect(signersInBundles(Buffer.from(text), 'tool.intoto.jsonl')).toMatchObject([workflow]);
  });

  it('is each of those who signed a file of bundles, once', () => {
    const lines = [attest(), attest(workflow), '{}', attest(), attest(workflow)].join('\n');
    expect(signersInBundles(Buffer.from(lines), 'tool.jsonl')).toMatchObject([who, workflow]);
  });

  it('is nobody where a bare key signed, and in a file that is too large', () => {
    const { verificationMaterial, ...bundle } = JSON.parse(attest()) as { verificationMaterial: object };
    const keyed = { ...verificationMaterial, certificate: undefined, publicKey: { hint: 'x' } };
    const text = JSON.stringify({ ...bundle, verificationMaterial: keyed });
    expect(signersInBundles(Buffer.from(text), 'tool.jsonl')).toEqual([]);
    expect(signersInBundles(Buffer.alloc(maxBundleBytes + 1), 'tool.jsonl')).toEqual([]);
  });

  const email = alternativeNames([{ type: 'email', value: who.identity }]);
  const issuer = fulcioExtension(8, who.issuer);
  it.each<[string, readonly Der[], object[]]>([
    ['a name and an issuer', [email, issuer], [{ identity: who.identity, issuer: who.issuer }]],
    ['no issuer', [email], []],
    ['no name', [issuer], []],
    ['no name that is an address', [alternativeNames([{ type: 'dns', value: 'example.org' }]), issuer], []],
  ])('is who a certificate beside a signature names: with %s', (_, extensions, signers) => {
    const key = generateEcdsaKey();
    const name = { organization: 'example', commonName: 'example' };
    const dates = { notBefore: validFrom, notAfter: at };
    const spec = { ...dates, serial: Buffer.of(1), issuer: name, subject: name, spki: key.spki, extensions };
    const certificate = Buffer.from(toPem(signCertificate(spec, key)));
    const signature = Buffer.from('AAAA');
    const files = { digest: digestOf(certificate), signature, certificate, what: 'tool.sig' };
    expect(signerOfDetached(files)).toEqual(signers);
  });

  it.each(['', 'no JSON', '{}', '\0', '{"payloadType":"x"}'])('is nobody in a file that has %j', (text) => {
    expect(signersInBundles(Buffer.from(text), 'tool.jsonl')).toEqual([]);
  });
});
