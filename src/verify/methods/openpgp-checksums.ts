/**
 * Method `openpgp-checksums`: a checksum file that an OpenPGP key signs, as people have published releases since before
 * there were bundles: clearsigned (RFC 9580, section 7), or with a detached signature beside it (section 10.4).
 *
 * The keys are a trust anchor's, and whether each may vouch is judged now, as for apt: a maintainer's key that has
 * expired since vouches for nothing, since who finds it can backdate.
 */
import { z } from 'zod';
import { nameSchema } from '../../formats/own/names.ts';
import { fileNamesSchema } from '../../formats/own/template.ts';
import { checksumFile, checksumNameShape, linkChecksum, wantedChecksum } from './checksum-file.ts';
import { leaveRelease } from './left-open.ts';
import { gpgv } from '../by-hand.ts';
import { beside, once, type Asset, type VerificationMethod } from '../method.ts';
import type { DocumentKind, FileNeed } from '../../model/need.ts';
import type { EvidenceDocument } from '../../model/verification.ts';
import { mintVerified } from '../mint.ts';
import { namingDocument } from '../naming.ts';
import { sizeUnsigned, unsignedTime, type LinkEnds } from '../trail.ts';
import type { Keyring } from '../openpgp/keyring.ts';
import { verifyCleartext, verifyDetached, type SignedText } from '../openpgp/verify-signatures.ts';

export const openpgpSignatureFile: DocumentKind = { role: 'openpgp-signature', maxBytes: 64 << 10 };

const common = {
  method: z.literal('openpgp-checksums').describe('the kind of proof'),
  checksums: fileNamesSchema.describe(
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
      signature: fileNamesSchema.describe('template: the signature, armored or binary'),
    }),
  ])
  .describe('a checksum file with a line for the file, signed by a key of a trust anchor');

type Spec = z.output<typeof schema>;

export const openpgpChecksums: VerificationMethod<Spec> = {
  method: 'openpgp-checksums',
  schema,
  next: ({ spec, subject }) => filesOf(spec, subject),
  async judge({ spec, subject, documents, trust, now, memo, trail }) {
    const files = filesOf(spec, subject);
    const { url } = files[0];
    const { found, text, signers } = await trail.link(
      endsOf(spec.signedBy, files),
      async () => {
        const keyring = await trust.keyring(spec.signedBy, url);
        const [checksums, signature] = [documents.of(files[0]), files[1] && documents.of(files[1])];
        const found = signature === undefined ? [checksums] : [checksums, signature];
        const key = JSON.stringify([
          ...['openpgp-checksums', spec.form, spec.signedBy, url],
          ...found.map(({ digest }) => digest),
        ]);
        return {
          found,
          ...(await once(memo, key, () => verifyChecksums(checksums, signature, keyring, now))),
        };
      },
      ({ signers }) => ({ checks: [], signers }),
    );
    // A signature over a digest without a name is one over any file.
    const digest = await linkChecksum(trail, files[0], text, wantedChecksum(spec, subject, false));
    leaveRelease(trail, subject, spec.name ?? '{asset}');
    trail.leaves(...unsignedTime);
    trail.leaves(...sizeUnsigned);
    const vouched = { signers, documents: found, verifiedAt: now, digest };
    return mintVerified(
      { ...subject.artifact, digest },
      { assurance: 'signed', method: 'openpgp', ...vouched },
    );
  },
};

function endsOf(anchor: string, [checksums, signature]: ReturnType<typeof filesOf>): LinkEnds {
  const from = { anchor };
  if (signature === undefined) return { from, to: checksums, byHand: gpgv(anchor, checksums) };
  return { from, to: checksums, beside: [signature], byHand: gpgv(anchor, signature, checksums) };
}

/** The signature is beside the checksum file, or around its text. */
function filesOf(spec: Spec, asset: Asset): readonly [checksums: FileNeed, ...signatures: FileNeed[]] {
  const checksums = beside(asset, checksumFile, spec.checksums);
  if (spec.form === 'clearsigned') return [checksums];
  return [checksums, beside(asset, openpgpSignatureFile, spec.signature)];
}

/**
 * What was signed, and by whom; nothing else of the file is to be looked at. Without `signature` it is around the text.
 * Untrusted. Throws as `verifyCleartext` and `verifyDetached` do.
 */
export async function verifyChecksums(
  { bytes, url }: Named,
  signature: Named | undefined,
  keyring: Keyring,
  now: Date,
): Promise<SignedText> {
  if (signature === undefined) return namingDocument(url, () => verifyCleartext(bytes, keyring, now));
  const vouched = await namingDocument(signature.url, () =>
    verifyDetached(bytes, signature.bytes, keyring, now),
  );
  return { text: bytes, ...vouched };
}

type Named = Pick<EvidenceDocument, 'bytes' | 'url'>;
