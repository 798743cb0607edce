/**
 * The body of a Rekor entry: what was logged (Rekor's types hashedrekord, dsse and intoto; rekor-v2's hashedrekord
 * 0.0.2, which logs an envelope by the digest of what it signs). The library compares the signature and the digest in it,
 * and not whose certificate or key it names: an entry that somebody else made of the same signature would pass.
 */
import { checkEvidence, malformed, parseEvidenceJson } from '../../formats/upstream/evidence-json.ts';
import {
  absent,
  anything,
  as,
  base64,
  bytes,
  choice,
  known,
  list,
  ShapeError,
  text,
  where,
  type Shape,
} from '../../formats/upstream/shape.ts';
import { parsePem } from '../../formats/text/pem.ts';
import { maxBundleBytes } from './bundle.ts';

/** Whose signature was logged: a certificate, or a public key (SubjectPublicKeyInfo), in DER. */
export interface LoggedVerifier {
  readonly type: 'certificate' | 'public-key';
  readonly der: Buffer;
}

/** base64 of PEM, as Rekor v1 has it. */
const pem: Shape<LoggedVerifier> = (value, path) => {
  const found = bytes(value, path).toString('latin1');
  const certificate = parsePem(found, 'CERTIFICATE');
  if (certificate !== undefined) return { type: 'certificate', der: certificate };
  const key = parsePem(found, 'PUBLIC KEY');
  if (key !== undefined) return { type: 'public-key', der: key };
  throw new ShapeError(path, 'must be one certificate or public key in PEM');
};

/** DER, as rekor-v2 has it. */
const raw = known({ rawBytes: bytes });
const verifier002: Shape<LoggedVerifier> = (value, path) => {
  const { x509Certificate, publicKey } = known({ x509Certificate: absent(raw), publicKey: absent(raw) })(
    value,
    path,
  );
  if (x509Certificate !== undefined) return { type: 'certificate', der: x509Certificate.rawBytes };
  if (publicKey !== undefined) return { type: 'public-key', der: publicKey.rawBytes };
  throw new ShapeError(path, 'must have x509Certificate or publicKey');
};

const hex = (digits: RegExp) => where(text, (found) => digits.test(found), 'must be lower-case hex digits');
const sha256 = known({ algorithm: choice('sha256'), value: hex(/^[0-9a-f]{64}$/) });

const hashedRekord001 = as(
  known({
    data: known({
      hash: known({ algorithm: choice('sha256', 'sha384', 'sha512'), value: hex(/^[0-9a-f]+$/) }),
    }),
    signature: known({ content: base64, publicKey: known({ content: pem }) }),
  }),
  (spec) => [spec.signature.publicKey.content],
);
const hashedRekord002 = as(
  known({
    hashedRekordV002: known({ signature: known({ content: base64, verifier: verifier002 }) }),
  }),
  (spec) => [spec.hashedRekordV002.signature.verifier],
);
const dsse001 = as(
  known({ payloadHash: sha256, signatures: list(known({ signature: base64, verifier: pem })) }),
  (spec) => spec.signatures.map(({ verifier }) => verifier),
);
/** It logs an envelope by its digest alone: what is in that is the caller's to compare. */
const inToto001 = as(
  known({ content: known({ hash: sha256, payloadHash: sha256 }), publicKey: pem }),
  (spec) => [spec.publicKey],
);
const inToto002 = as(
  known({
    content: known({
      envelope: known({ signatures: list(known({ sig: base64, publicKey: pem })) }),
      payloadHash: sha256,
    }),
  }),
  (spec) => spec.content.envelope.signatures.map(({ publicKey }) => publicKey),
);

type Spec = Shape<readonly LoggedVerifier[]>;

const specs: Readonly<Record<'messageSignature' | 'dsseEnvelope', ReadonlyMap<string, Spec>>> = {
  messageSignature: new Map([
    ['hashedrekord 0.0.1', hashedRekord001],
    ['hashedrekord 0.0.2', hashedRekord002],
  ]),
  dsseEnvelope: new Map([
    ['dsse 0.0.1', dsse001],
    ['intoto 0.0.1', inToto001],
    ['intoto 0.0.2', inToto002],
    ['hashedrekord 0.0.2', hashedRekord002],
  ]),
};

const head = known({ kind: text, apiVersion: text, spec: anything });

/**
 * Whose signature an entry's body logs; `content` is what the bundle holds. Throws VerificationError
 * `EVIDENCE_MALFORMED` for a kind of entry that does not go with it, and for a body that is not of its kind.
 */
export function readLoggedVerifier(
  body: Uint8Array,
  content: keyof typeof specs,
  what: string,
): LoggedVerifier {
  const { kind, apiVersion, spec } = parseEvidenceJson(head, body, what, { maxBytes: maxBundleBytes });
  const type = `${kind} ${apiVersion}`;
  const shape = specs[content].get(type);
  if (shape === undefined) {
    throw malformed(what, `entries of the kind ${JSON.stringify(type)} are not for this`);
  }
  const [verifier, ...others] = checkEvidence(shape, spec, what);
  if (verifier === undefined || others.length > 0) throw malformed(what, 'it logs not exactly one signature');
  return verifier;
}
