/**
 * A verification method that the product does not have: an Ed25519 signature over the file's digest, beside it, by a key
 * that the catalogue names. For the test that adds one.
 */
import { createHash, createPublicKey, verify, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { digestFromHex } from '../../src/model/digest.ts';
import { VerificationError } from '../../src/model/errors.ts';
import { beside, type Asset, type VerificationMethod } from '../../src/verify/method.ts';
import { mintVerified } from '../../src/verify/mint.ts';

const schema = z.strictObject({ method: z.literal('signed-digest'), key: z.string() });
type Spec = z.output<typeof schema>;

const digestFile = { role: 'digest', maxBytes: 100 };
const signatureFile = { role: 'signature', maxBytes: 100 };

export const signedDigest: VerificationMethod<Spec> = {
  method: 'signed-digest',
  schema,
  // One after the other, so that the loop goes round: what is no digest needs no signature.
  next({ subject, documents }) {
    const digest = beside(subject, digestFile, '{asset}.digest');
    if (!documents.has(digest)) return [digest];
    read(documents.of(digest).bytes);
    return [signatureOf(subject)];
  },
  judge({ spec, subject, documents, now }) {
    const files = [beside(subject, digestFile, '{asset}.digest'), signatureOf(subject)] as const;
    const [said, signature] = [documents.of(files[0]), documents.of(files[1])];
    const key = createPublicKey({ key: Buffer.from(spec.key, 'base64'), format: 'der', type: 'spki' });
    if (!verify(null, said.bytes, key, signature.bytes)) {
      throw new VerificationError('SIGNATURE_INVALID', `${signature.url} is not by the key of the catalogue`);
    }
    const digest = read(said.bytes);
    const artifact = { ...subject.artifact, digest };
    const signers = [{ method: 'public-key', fingerprint: fingerprintOf(key), anchor: 'catalogue' } as const];
    const vouched = { signers, documents: [said, signature], verifiedAt: now, digest };
    return Promise.resolve(
      mintVerified(artifact, { assurance: 'signed', method: 'signed-digest', ...vouched }),
    );
  },
};

function fingerprintOf(key: KeyObject) {
  return createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

function signatureOf(subject: Asset) {
  return beside(subject, signatureFile, '{asset}.digest.sig');
}

function read(bytes: Uint8Array) {
  const digest = digestFromHex('sha256', Buffer.from(bytes).toString('latin1').trim());
  if (digest !== undefined) return digest;
  throw new VerificationError('EVIDENCE_MALFORMED', 'what stands beside the file is no digest');
}
