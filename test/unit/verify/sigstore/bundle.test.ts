import { describe, expect, it } from 'vitest';
import { blobBundle } from '../../../../scripts/upstream/sigstore/renderings.ts';
import { VerificationError, type VerificationCode } from '../../../../src/model/errors.ts';
import { parseBundle } from '../../../../src/verify/sigstore/bundle.ts';
import { refusal } from '../../../support/refusals.ts';
import { sign } from '../../../support/throwaway-sigstore.ts';

type Json = Record<string, unknown>;
const genuine = sign();
const good = blobBundle(genuine);
const json = () => JSON.parse(good) as Json & { verificationMaterial: Json & { tlogEntries: Json[] } };
const parse = (bundle: unknown) =>
  parseBundle(Buffer.from(typeof bundle === 'string' ? bundle : JSON.stringify(bundle)), 'bundle');
async function refuses(bundle: unknown, code: VerificationCode = 'EVIDENCE_MALFORMED'): Promise<void> {
  await refusal(() => parse(bundle), VerificationError, code);
}

const certificate = { rawBytes: genuine.certificate.toString('base64') };
const chain = { certificates: [certificate] };
const versioned = (version: string) => `application/vnd.dev.sigstore.bundle+json;version=${version}`;

/** With certificates as the version carries them. */
function ofVersion(mediaType: string, hasChain: boolean): Json {
  const { verificationMaterial, ...bundle } = json();
  const material: Json = verificationMaterial;
  delete material['certificate'];
  const key = hasChain ? { x509CertificateChain: chain } : { certificate };
  return { ...bundle, mediaType, verificationMaterial: { ...material, ...key } };
}

function stampedBy(count: number, material: Json): void {
  const rfc3161Timestamps = Array.from({ length: count }, (_, index) => ({
    signedTimestamp: Buffer.of(index).toString('base64'),
  }));
  material['timestampVerificationData'] = { rfc3161Timestamps };
}

describe('parseBundle', () => {
  it.each([
    [versioned('0.1'), true],
    [versioned('0.2'), true],
    [versioned('0.3'), false],
    ['application/vnd.dev.sigstore.bundle.v0.3+json', false],
  ])('reads %s', (mediaType, hasChain) => {
    expect(parse(ofVersion(mediaType, hasChain)).bundle.mediaType).toBe(mediaType);
  });

  it.each([
    [versioned('0.1'), false],
    [versioned('0.2'), false],
    [versioned('0.3'), true],
    ['application/vnd.dev.sigstore.bundle.v0.3+json', true],
  ])('refuses %s with certificates in the way of another version', (mediaType, hasChain) =>
    refuses(ofVersion(mediaType, hasChain)),
  );

  it.each([versioned('0.4'), versioned('99.9'), versioned('0.1.1'), versioned('0'), '', 'application/json'])(
    'refuses the media type %j',
    (mediaType) => refuses(ofVersion(mediaType, true)),
  );

  it('may have eight timestamps', () => {
    const bundle = json();
    stampedBy(8, bundle.verificationMaterial);
    expect(
      parse(bundle).bundle.verificationMaterial.timestampVerificationData!.rfc3161Timestamps,
    ).toHaveLength(8);
  });

  it('is content with a promise in version 0.1 alone', async () => {
    const unproven = (mediaType: string) => {
      const bundle = ofVersion(mediaType, true) as ReturnType<typeof json>;
      for (const entry of bundle.verificationMaterial.tlogEntries) delete entry['inclusionProof'];
      return bundle;
    };
    expect(parse(unproven(versioned('0.1'))).isVersion01).toBe(true);
    await refuses(unproven(versioned('0.2')), 'EVIDENCE_MISSING');
    const unpromised = ofVersion(versioned('0.1'), true) as ReturnType<typeof json>;
    for (const entry of unpromised.verificationMaterial.tlogEntries) delete entry['inclusionPromise'];
    await refuses(unpromised, 'EVIDENCE_MISSING');
  });

  it.each<[string, (bundle: ReturnType<typeof json>) => unknown]>([
    ['a field that is not known', (bundle) => (bundle['extra'] = 1)],
    [
      'an entry with a field that is not known',
      ({ verificationMaterial: { tlogEntries } }) => (tlogEntries[0]!['x'] = 1),
    ],
    ['a field in snake case', (bundle) => (bundle['media_type'] = bundle['mediaType'])],
    [
      'two kinds of content',
      (bundle) =>
        (bundle['dsseEnvelope'] = { payload: 'AAAA', payloadType: 'x', signatures: [{ sig: 'AAAA' }] }),
    ],
    ['no content', (bundle) => delete bundle['messageSignature']],
    ['no material', (bundle) => Reflect.deleteProperty(bundle, 'verificationMaterial')],
    ['a key and a certificate', ({ verificationMaterial }) => (verificationMaterial['publicKey'] = {})],
    ['neither key nor certificate', ({ verificationMaterial }) => delete verificationMaterial['certificate']],
    ['a negative index', ({ verificationMaterial: { tlogEntries } }) => (tlogEntries[0]!['logIndex'] = '-1')],
    [
      'an index beyond what a number holds',
      ({ verificationMaterial: { tlogEntries } }) => (tlogEntries[0]!['logIndex'] = '9007199254740993'),
    ],
    [
      'a time beyond what a date holds',
      ({ verificationMaterial: { tlogEntries } }) => (tlogEntries[0]!['integratedTime'] = '8640000000001'),
    ],
    [
      'a time that is none',
      ({ verificationMaterial: { tlogEntries } }) => (tlogEntries[0]!['integratedTime'] = 'now'),
    ],
    [
      'nine entries',
      ({ verificationMaterial }) =>
        (verificationMaterial.tlogEntries = Array.from(
          { length: 9 },
          () => verificationMaterial.tlogEntries[0]!,
        )),
    ],
    [
      'nine certificates',
      (bundle) =>
        Object.assign(bundle, ofVersion(versioned('0.2'), true), {
          verificationMaterial: {
            tlogEntries: bundle.verificationMaterial.tlogEntries,
            x509CertificateChain: { certificates: Array.from({ length: 9 }, () => certificate) },
          },
        }),
    ],
    ['nine timestamps', ({ verificationMaterial }) => stampedBy(9, verificationMaterial)],
    [
      'a digest of an unknown kind',
      (bundle) =>
        ((bundle['messageSignature'] as { messageDigest: Json }).messageDigest['algorithm'] = 'MD5'),
    ],
  ])('refuses %s', async (_, change) => {
    const bundle = json();
    change(bundle);
    await refuses(bundle);
  });

  it.each(['null', '17', '"base64Signature"', '[]'])('refuses %s', (text) => refuses(text));

  it.each([
    ['two signatures', [{ sig: 'AAAA' }, { sig: 'AAAB' }]],
    ['no signature', []],
    ['an empty signature', [{ sig: '' }]],
  ])('refuses an envelope with %s', async (_, signatures) => {
    const bundle: Json = json();
    delete bundle['messageSignature'];
    await refuses({ ...bundle, dsseEnvelope: { payload: 'AAAA', payloadType: 'x', signatures } });
  });

  it.each(['null', '[]', '"bundle"', '{}', '1', '{"__proto__":{}}', `${good.slice(0, -1)},"mediaType":"x"}`])(
    'refuses %.40s',
    (text) => refuses(text),
  );

  it('refuses what is larger than any bundle, unread', async () => {
    const blanks = ' '.repeat(8 * 1024 * 1024 - Buffer.byteLength(good));
    expect(parse(good + blanks).what).toBe('bundle');
    await refuses(`${good}${blanks} `, 'LIMIT_EXCEEDED');
  });
});

describe('null in the place of a field', () => {
  const nulled = (path: string): unknown => {
    const bundle: Json = json();
    const steps = path.split('.');
    const parent = steps.slice(0, -1).reduce((at, step) => at[step] as Json, bundle);
    parent[steps.at(-1)!] = null;
    return bundle;
  };

  it.each([
    'dsseEnvelope',
    'verificationMaterial.publicKey',
    'verificationMaterial.x509CertificateChain',
    'verificationMaterial.timestampVerificationData',
    'verificationMaterial.tlogEntries.0.inclusionPromise',
    'verificationMaterial.tlogEntries.0.integratedTime',
    'verificationMaterial.tlogEntries.0.logIndex',
    'verificationMaterial.tlogEntries.0.inclusionProof.hashes',
  ])('is as if %s were absent', (path) => {
    const absent = nulled(path) as Json;
    expect(parse(absent).bundle).toEqual(
      parse(JSON.stringify(absent).replace(/,"[^"]+":null|"[^"]+":null,/g, '')).bundle,
    );
  });

  it.each<[string, VerificationCode]>([
    ['mediaType', 'EVIDENCE_MALFORMED'],
    ['messageSignature', 'EVIDENCE_MALFORMED'],
    ['messageSignature.messageDigest', 'EVIDENCE_MALFORMED'],
    ['messageSignature.signature', 'EVIDENCE_MALFORMED'],
    ['verificationMaterial', 'EVIDENCE_MALFORMED'],
    ['verificationMaterial.certificate', 'EVIDENCE_MALFORMED'],
    ['verificationMaterial.certificate.rawBytes', 'EVIDENCE_MALFORMED'],
    ['verificationMaterial.tlogEntries', 'EVIDENCE_MISSING'],
    ['verificationMaterial.tlogEntries.0', 'EVIDENCE_MALFORMED'],
    ['verificationMaterial.tlogEntries.0.logId', 'EVIDENCE_MALFORMED'],
    ['verificationMaterial.tlogEntries.0.kindVersion', 'EVIDENCE_MALFORMED'],
    ['verificationMaterial.tlogEntries.0.canonicalizedBody', 'EVIDENCE_MALFORMED'],
    ['verificationMaterial.tlogEntries.0.inclusionProof', 'EVIDENCE_MISSING'],
    ['verificationMaterial.tlogEntries.0.inclusionProof.checkpoint', 'EVIDENCE_MISSING'],
    ['verificationMaterial.tlogEntries.0.inclusionProof.rootHash', 'EVIDENCE_MALFORMED'],
  ])('is refused of %s, which must be there', (path, code) => refuses(nulled(path), code));

  it('does not make a field known', () => refuses({ ...json(), extra: null }));
});
