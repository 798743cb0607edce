/**
 * The body of a Rekor entry: what was logged (Rekor's types hashedrekord, dsse and intoto; rekor-v2's hashedrekord
 * 0.0.2, which logs an envelope by the digest of what it signs). The library compares the signature and the digest in it,
 * and not whose certificate or key it names: an entry that somebody else made of the same signature would pass.
 */
import { Buffer } from 'node:buffer';
import { z } from 'zod';
import { lazily } from '../../model/once-per.ts';
import { base64Schema } from '../../formats/text/base64.ts';
import { checkEvidence, malformed, parseEvidenceJson } from '../../formats/upstream/evidence-json.ts';
import { parsePem } from '../../formats/text/pem.ts';
import { maxBundleBytes } from './bundle.ts';

/** Whose signature was logged: a certificate, or a public key (SubjectPublicKeyInfo), in DER. */
export interface LoggedVerifier {
  readonly type: 'certificate' | 'public-key';
  readonly der: Buffer;
}

/** base64 of PEM, as Rekor v1 has it. */
const pemSchema = base64Schema.transform((text, context): LoggedVerifier => {
  const pem = Buffer.from(text, 'base64').toString('latin1');
  const certificate = parsePem(pem, 'CERTIFICATE');
  const key = parsePem(pem, 'PUBLIC KEY');
  if (certificate !== undefined) return { type: 'certificate', der: certificate };
  if (key !== undefined) return { type: 'public-key', der: key };
  context.addIssue('must be one certificate or public key in PEM');
  return z.NEVER;
});

const bytesSchema = base64Schema.transform((text) => Buffer.from(text, 'base64'));

/** DER, as rekor-v2 has it. */
const signature002 = lazily(() => {
  const raw = z.object({ rawBytes: bytesSchema });
  const verifier = z
    .union([z.object({ x509Certificate: raw }), z.object({ publicKey: raw })])
    .transform((either): LoggedVerifier =>
      'x509Certificate' in either
        ? { type: 'certificate', der: either.x509Certificate.rawBytes }
        : { type: 'public-key', der: either.publicKey.rawBytes },
    );
  return z.object({ content: base64Schema, verifier });
});
const sha256 = z.object({ algorithm: z.literal('sha256'), value: z.string().regex(/^[0-9a-f]{64}$/) });

const hashedRekord001 = lazily(() =>
  z
    .object({
      data: z.object({
        hash: z.object({
          algorithm: z.enum(['sha256', 'sha384', 'sha512']),
          value: z.string().regex(/^[0-9a-f]+$/),
        }),
      }),
      signature: z.object({ content: base64Schema, publicKey: z.object({ content: pemSchema }) }),
    })
    .transform((spec) => [spec.signature.publicKey.content]),
);
const hashedRekord002 = lazily(() =>
  z
    .object({ hashedRekordV002: z.object({ signature: signature002() }) })
    .transform((spec) => [spec.hashedRekordV002.signature.verifier]),
);
const dsse001 = lazily(() =>
  z
    .object({
      payloadHash: sha256,
      signatures: z.array(z.object({ signature: base64Schema, verifier: pemSchema })),
    })
    .transform((spec) => spec.signatures.map(({ verifier }) => verifier)),
);
/** It logs an envelope by its digest alone: what is in that is the caller's to compare. */
const inToto001 = lazily(() =>
  z
    .object({ content: z.object({ hash: sha256, payloadHash: sha256 }), publicKey: pemSchema })
    .transform((spec) => [spec.publicKey]),
);
const inToto002 = lazily(() =>
  z
    .object({
      content: z.object({
        envelope: z.object({ signatures: z.array(z.object({ sig: base64Schema, publicKey: pemSchema })) }),
        payloadHash: sha256,
      }),
    })
    .transform((spec) => spec.content.envelope.signatures.map(({ publicKey }) => publicKey)),
);

type Spec = z.ZodType<readonly LoggedVerifier[]>;

const specs: Readonly<Record<'messageSignature' | 'dsseEnvelope', ReadonlyMap<string, () => Spec>>> = {
  messageSignature: new Map<string, () => Spec>([
    ['hashedrekord 0.0.1', hashedRekord001],
    ['hashedrekord 0.0.2', hashedRekord002],
  ]),
  dsseEnvelope: new Map<string, () => Spec>([
    ['dsse 0.0.1', dsse001],
    ['intoto 0.0.1', inToto001],
    ['intoto 0.0.2', inToto002],
    ['hashedrekord 0.0.2', hashedRekord002],
  ]),
};

const headSchema = lazily(() => z.object({ kind: z.string(), apiVersion: z.string(), spec: z.unknown() }));

/**
 * Whose signature an entry's body logs; `content` is what the bundle holds. Throws VerificationError
 * `EVIDENCE_MALFORMED` for a kind of entry that does not go with it, and for a body that is not of its kind.
 */
export function readLoggedVerifier(
  body: Uint8Array,
  content: keyof typeof specs,
  what: string,
): LoggedVerifier {
  const head = parseEvidenceJson(headSchema(), body, what, { maxBytes: maxBundleBytes });
  const kind = `${head.kind} ${head.apiVersion}`;
  const schema = specs[content].get(kind);
  if (schema === undefined) {
    throw malformed(what, `entries of the kind ${JSON.stringify(kind)} are not for this`);
  }
  const [verifier, ...others] = checkEvidence(schema(), head.spec, what);
  if (verifier === undefined || others.length > 0) throw malformed(what, 'it logs not exactly one signature');
  return verifier;
}
