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
import { theArtifact } from '../../src/verify/trail.ts';

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
  async judge({ spec, subject, documents, now, trail }) {
    const files = [beside(subject, digestFile, '{asset}.digest'), signatureOf(subject)] as const;
    const [said, signature] = [documents.of(files[0]), documents.of(files[1])];
    const key = createPublicKey({ key: Buffer.from(spec.key, 'base64'), format: 'der', type: 'spki' });
    const signers = [{ method: 'public-key', fingerprint: fingerprintOf(key), anchor: 'catalogue' } as const];
    await trail.link(
      { from: { anchor: 'catalogue' }, to: said, beside: [signature] },
      () => {
        if (verify(null, said.bytes, key, signature.bytes)) return;
        throw new VerificationError(
          'SIGNATURE_INVALID',
          `${signature.url} is not by the key of the catalogue`,
        );
      },
      () => ({ checks: [], signers }),
    );
    const digest = await trail.link(
      { from: said, to: theArtifact },
      () => read(said.bytes),
      (value) => ({ checks: [{ check: 'digest', value, against: 'what was signed' }] }),
    );
    const artifact = { ...subject.artifact, digest };
    const vouched = { signers, documents: [said, signature], verifiedAt: now, digest };
    return mintVerified(artifact, { assurance: 'signed', method: 'signed-digest', ...vouched });
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
