/**
 * Method `minisign`: a signature by a pinned key (https://jedisct1.github.io/minisign, "Signature format"), over a
 * checksum file or over the file itself, pre-hashed (`ED`, of BLAKE2b-512) or legacy (`Ed`, of the bytes). A second
 * signature covers the first and the trusted comment.
 */
import { verify } from 'node:crypto';
import { z } from 'zod';
import { fileNamesSchema, fillTemplate, writtenNameTemplateSchema } from '../../formats/own/template.ts';
import { decodeBase64 } from '../../formats/text/base64.ts';
import { nameSchema } from '../../formats/own/names.ts';
import { VerificationError } from '../../model/errors.ts';
import { assertMinted } from '../../model/minted.ts';
import type { DocumentKind } from '../../model/need.ts';
import type { EvidenceDocument, Signer } from '../../model/verification.ts';
import { minisignKey, type MinisignKey } from '../anchors/minisign.ts';
import { minisigned } from '../by-hand.ts';
import { beside, type Asset, type Matter, type VerificationMethod } from '../method.ts';
import { mintVerified } from '../mint.ts';
import { nameOfDigest, theArtifact, unsignedTime } from '../trail.ts';
import type { AssetFile } from './asset-file.ts';
import { leaveOneFile, leaveRelease, leaveSize } from './left-open.ts';
import {
  checksumsOf,
  digestBySigned,
  signedFileNeeds,
  signedFileOf,
  signedFileShape,
} from './signed-file.ts';

const signatureFile: DocumentKind = { role: 'minisign-signature', maxBytes: 16 << 10 };

const schema = z
  .strictObject({
    method: z.literal('minisign').describe('the kind of proof'),
    ...signedFileShape,
    signature: fileNamesSchema.describe('template: the signature beside the asset'),
    minisignKey: nameSchema.describe(
      'a trust anchor of `trust/pins.yaml`, of the type `minisign`, whose scope must cover what is signed',
    ),
    comment: writtenNameTemplateSchema
      .exactOptional()
      .describe(
        'template: what one of the tab-separated fields of the trusted comment must be, such as `file:{asset}`: it binds the name, where the asset itself is signed',
      ),
  })
  .describe('a checksum file, or the file itself, signed by a minisign key of a trust anchor');

type Spec = z.output<typeof schema>;
type MinisignMatter = Matter<Spec, Asset>;

export const minisign: VerificationMethod<Spec> = {
  method: 'minisign',
  schema,
  next({ spec, subject, documents }) {
    return [beside(subject, signatureFile, spec.signature), ...signedFileNeeds(spec, subject, documents)];
  },
  async judge(matter) {
    const { spec, subject, trail, now } = matter;
    const { signed, signature, signer, isSeen } = await linkSignature(matter);
    const digest = await digestBySigned(matter, signed);
    const isDigestOnly = spec.checksums === undefined && spec.comment === undefined;
    if (isDigestOnly) trail.leaves(...nameOfDigest);
    else leaveRelease(trail, subject, spec.checksums && (spec.name ?? '{asset}'), spec.comment);
    if (!isSeen) leaveOneFile(trail, 'BLAKE2b-512');
    trail.leaves(...unsignedTime);
    leaveSize(matter);
    return mintVerified(
      { ...subject.artifact, digest },
      {
        ...{ assurance: 'signed', method: 'minisign', signers: [signer], digest, verifiedAt: now },
        documents: [signature, ...signed.documents],
        ...(isDigestOnly && { isDigestOnly }),
        ...(isSeen ? {} : { isUpToIndex: true as const }),
      },
    );
  },
};

/** From the key to what it signed. */
async function linkSignature({ spec, subject, documents, trust, trail }: MinisignMatter) {
  const signature = documents.of(beside(subject, signatureFile, spec.signature));
  const checksums = checksumsOf(spec, subject);
  const to = checksums ?? theArtifact;
  const byHand = minisigned(spec.minisignKey, signature, to);
  return trail.link(
    { from: { anchor: spec.minisignKey }, to, beside: [signature], byHand },
    async () => {
      const url = checksums?.url ?? subject.artifact.url;
      const key = await trust.material(minisignKey, spec.minisignKey, url);
      const signed = signedFileOf(spec, subject, documents);
      const comment = verifySignature(signature, signed, key);
      requireComment(comment, spec.comment && fillTemplate(spec.comment, subject.values), signature.url);
      return { signed, signature, signer: signerOf(key, comment), isSeen: signed.bytes !== undefined };
    },
    ({ signer }) => ({ checks: [], signers: [signer] }),
  );
}

/**
 * The trusted comment of an untrusted signature that holds. Throws VerificationError `EVIDENCE_MALFORMED` for the form,
 * `SIGNER_UNTRUSTED` for another key's, `ALGORITHM_REFUSED` and `SIGNATURE_INVALID`.
 */
function verifySignature(
  { bytes, url }: Pick<EvidenceDocument, 'bytes' | 'url'>,
  signed: Pick<AssetFile, 'bytes' | 'blake2b' | 'isKept'>,
  key: MinisignKey,
): string {
  assertMinted(key, 'MinisignKey');
  const { algorithm, keyId, signature, comment, overAll } = parse(bytes, url);
  if (!keyId.equals(key.id)) {
    throw new VerificationError(
      'SIGNER_UNTRUSTED',
      `${url} is by the key ${nameOf(keyId)}, expected ${nameOf(key.id)}`,
      {
        hint: 'If the publisher changed keys, pin the new one, after checking it elsewhere.',
      },
    );
  }
  const message = algorithm === 'ED' ? signed.blake2b : legacyMessage(signed, url);
  if (!verify(null, message, key.key, signature)) throw invalid(url, 'does not match what it is to sign');
  const all = Buffer.concat([signature, Buffer.from(comment, 'latin1')]);
  if (!verify(null, all, key.key, overAll)) throw invalid(url, 'has another trusted comment than was signed');
  return comment;
}

/**
 * Of a legacy signature. Which of the two forms it is stands under no signature: one over 64 bytes could be a pre-hashed
 * one of something else. And a proof that cannot be kept could not be judged again.
 */
function legacyMessage({ bytes, isKept }: Pick<AssetFile, 'bytes' | 'isKept'>, url: string): Uint8Array {
  if (bytes !== undefined && isKept && bytes.length !== 64) return bytes;
  throw new VerificationError(
    'ALGORITHM_REFUSED',
    `${url} is of the legacy form, over ${isKept ? '64 bytes' : 'a file that is too large to be kept'}`,
    { hint: 'Ask the publisher for a pre-hashed signature, which minisign makes by default since 0.10.' },
  );
}

function parse(bytes: Uint8Array, url: string) {
  const lines = Buffer.from(bytes)
    .toString('latin1')
    .replace(/\r?\n$/, '')
    .split(/\r?\n/);
  const [untrusted = '', first = '', trusted = '', second = '', ...others] = lines;
  const [signed, overAll] = [decodeBase64(first), decodeBase64(second)];
  const isFramed = untrusted.startsWith('untrusted comment: ') && trusted.startsWith('trusted comment: ');
  if (
    !isFramed ||
    others.length > 0 ||
    bytes.includes(0) ||
    signed?.length !== 74 ||
    overAll?.length !== 64
  ) {
    throw new VerificationError('EVIDENCE_MALFORMED', `${url} is no signature of minisign`, {
      hint: 'It has four lines: a comment, the signature, the trusted comment, and the signature over both.',
    });
  }
  const algorithm = signed.toString('latin1', 0, 2);
  if (algorithm !== 'ED' && algorithm !== 'Ed') {
    throw new VerificationError('ALGORITHM_REFUSED', `${url} is of an algorithm that minisign does not have`);
  }
  const comment = trusted.slice('trusted comment: '.length);
  return { algorithm, keyId: signed.subarray(2, 10), signature: signed.subarray(10), comment, overAll };
}

function requireComment(comment: string, wanted: string | undefined, url: string): void {
  const field = wanted && Buffer.from(wanted).toString('latin1');
  if (field === undefined || comment.split('\t').includes(field)) return;
  throw new VerificationError(
    'SUBJECT_MISMATCH',
    `the trusted comment of ${url} has no field ${JSON.stringify(wanted)}: it is ${JSON.stringify(comment.slice(0, 200))}`,
    { hint: 'A genuine signature of another file or release, or a comment of another form.' },
  );
}

/** minisign writes the time into the trusted comment, unless it is told another. */
function signerOf({ text, anchor }: MinisignKey, comment: string): Signer {
  const [, seconds] = /(?:^|\t)timestamp:(\d{1,11})(?:\t|$)/.exec(comment) ?? [];
  const signedAt = seconds === undefined ? {} : { signedAt: new Date(Number(seconds) * 1000) };
  return { method: 'public-key', fingerprint: text, anchor, ...signedAt };
}

/** As minisign shows key IDs. */
function nameOf(keyId: Uint8Array): string {
  return Buffer.from(keyId).reverse().toString('hex').toUpperCase();
}

function invalid(url: string, problem: string): VerificationError {
  return new VerificationError('SIGNATURE_INVALID', `the signature ${url} ${problem}`, {
    hint: 'What is signed, or the signature, was changed: fetch both again from their origin.',
  });
}
