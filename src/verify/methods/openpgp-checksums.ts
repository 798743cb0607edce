/**
 * Method `openpgp-checksums`: a checksum file that an OpenPGP key signs, as people have published releases since before
 * there were bundles: clearsigned (RFC 9580, section 7), or with a detached signature beside it (section 10.4).
 *
 * The keys are a trust anchor's, and whether each may vouch is judged now, as for apt: a maintainer's key that has
 * expired since vouches for nothing, since who finds it can backdate.
 */
import { z } from 'zod';
import { checksumOf, parseChecksums } from '../../formats/upstream/checksums.ts';
import { nameSchema } from '../../formats/own/names.ts';
import { fileTemplateSchema, fillTemplate } from '../../formats/own/template.ts';
import { checksumNameShape, wantedChecksum } from './checksum-name.ts';
import { documentOf, once, type Documents, type VerificationMethod } from '../method.ts';
import { mintVerified } from '../mint.ts';
import { namingDocument } from '../naming.ts';
import type { Keyring } from '../openpgp/keyring.ts';
import { verifyCleartext, verifyDetached, type SignedText } from '../openpgp/verify-signatures.ts';

const maxChecksumBytes = 1 << 20;
const maxSignatureBytes = 64 << 10;

const common = {
  method: z.literal('openpgp-checksums').describe('the kind of proof'),
  checksums: fileTemplateSchema.describe(
    'template: the checksum file beside the asset. Each line has a name: a signature over a bare digest would be one over any file',
  ),
  ...checksumNameShape,
  signedBy: nameSchema.describe(
    'a trust anchor of `trust/pins.yaml`, whose scope must cover the checksum file',
  ),
};

const form =
  '`clearsigned`: the checksum file is a signed message itself; `detached`: the signature stands beside it';

const schema = z
  .discriminatedUnion('form', [
    z.strictObject({ ...common, form: z.literal('clearsigned').describe(form) }),
    z.strictObject({
      ...common,
      form: z.literal('detached').describe(form),
      signature: fileTemplateSchema.describe('template: the signature, armored or binary'),
    }),
  ])
  .describe('a checksum file with a line for the file, signed by a key of a trust anchor');

type Spec = z.output<typeof schema>;

export const openpgpChecksums: VerificationMethod<Spec> = {
  method: 'openpgp-checksums',
  schema,
  documents(spec, { values }) {
    const checksums = {
      role: 'checksums',
      fileName: fillTemplate(spec.checksums, values),
      maxBytes: maxChecksumBytes,
    };
    if (spec.form === 'clearsigned') return [checksums];
    const fileName = fillTemplate(spec.signature, values);
    return [checksums, { role: 'openpgp-signature', fileName, maxBytes: maxSignatureBytes }];
  },
  terms: ({ form, signedBy }) => ({
    assurance: 'signed',
    chain: 'openpgp',
    anchors: [signedBy],
    documents: { checksums: 'kept', ...(form === 'detached' ? { 'openpgp-signature': 'kept' } : {}) },
  }),
  async judge({ spec, asset, documents, trust, now, memo }) {
    const { url } = documentOf(documents, 'checksums');
    const keyring = await trust.keyring(spec.signedBy, url);
    const key = JSON.stringify([
      ...['openpgp-checksums', spec.form, spec.signedBy, url],
      ...[...documents.values()].map((document) => document.digest),
    ]);
    const { text, signers } = await once(memo, key, () => verify(spec, documents, keyring, now));
    // A signature over a digest without a name is one over any file.
    const digest = checksumOf(parseChecksums(text, url), wantedChecksum(spec, asset, false), url);
    return mintVerified(
      { ...asset.artifact, digest },
      {
        assurance: 'signed',
        method: 'openpgp',
        signers,
        documents: [...documents.values()].map((document) => ({ ...document, isKept: true as const })),
        verifiedAt: now,
        digest,
      },
    );
  },
};

/** What was signed, and by whom; nothing else of the file is looked at. */
async function verify(
  spec: Spec,
  documents: Documents,
  keyring: Keyring,
  now: Date,
): Promise<Pick<SignedText, 'text' | 'signers'>> {
  const { bytes, url } = documentOf(documents, 'checksums');
  if (spec.form === 'clearsigned') return namingDocument(url, () => verifyCleartext(bytes, keyring, now));
  const signature = documentOf(documents, 'openpgp-signature');
  const vouched = await namingDocument(signature.url, () =>
    verifyDetached(bytes, signature.bytes, keyring, now),
  );
  return { text: bytes, signers: vouched.signers };
}
