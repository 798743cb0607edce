/**
 * The JSON of a Sigstore bundle (protobuf-specs, `sigstore_bundle.proto`, versions 0.1 to 0.3). Unknown fields are
 * refused, as Go's reader of protobuf JSON does: what is not understood might be meant to be checked.
 */
import {
  absent,
  absentAs,
  atMost,
  base64,
  choice,
  filled,
  list,
  ofType,
  strict,
  text,
  where,
  type Shape,
  type Shaped,
} from '../../formats/upstream/shape.ts';

/** Protobuf's JSON writes 64-bit integers as text, and may read them as numbers. */
const digits: Shape<string> = (value, path) => {
  if (Number.isInteger(value)) return String(value);
  if (typeof value === 'string') return value;
  throw ofType('string', value, path);
};

/** None here comes near 2^53, beyond which the library would round. */
const count = where(
  where(digits, (found) => /^(?:0|[1-9]\d{0,15})$/.test(found), 'must be digits'),
  (found) => Number.isSafeInteger(Number(found)),
  'must be less than 2^53',
);

/** Seconds since 1970, up to the year 9999. */
const time = where(count, (found) => Number(found) <= 253_402_300_799, 'must be a time in seconds');

const certificate = strict({ rawBytes: base64 });

const inclusionProof = strict({
  logIndex: absentAs(count, '0'),
  rootHash: base64,
  treeSize: count,
  /** A path through a tree of 2^64 leaves has no more. */
  hashes: absentAs(atMost(64, base64), []),
  checkpoint: absent(
    strict({
      envelope: where(text, ({ length }) => length <= 16_384, 'must have at most 16384 characters'),
    }),
  ),
});

const logEntry = strict({
  logIndex: absentAs(count, '0'),
  logId: strict({ keyId: base64 }),
  kindVersion: strict({ kind: text, version: text }),
  integratedTime: absentAs(time, '0'),
  inclusionPromise: absent(strict({ signedEntryTimestamp: base64 })),
  inclusionProof: absent(inclusionProof),
  canonicalizedBody: base64,
});

const timestamps = where(
  atMost(8, strict({ signedTimestamp: base64 })),
  (found) => new Set(found.map((one) => one.signedTimestamp)).size === found.length,
  'must not have the same timestamp twice',
);

const material = where(
  strict({
    certificate: absent(certificate),
    x509CertificateChain: absent(
      strict({
        certificates: filled(atMost(8, certificate)),
      }),
    ),
    publicKey: absent(strict({ hint: absent(text) })),
    tlogEntries: absentAs(atMost(8, logEntry), []),
    timestampVerificationData: absent(strict({ rfc3161Timestamps: absentAs(timestamps, []) })),
  }),
  (found) => hasOne(found.certificate, found.x509CertificateChain, found.publicKey),
  'must have one of certificate, x509CertificateChain and publicKey',
);

export const bundleShape = where(
  strict({
    mediaType: choice(
      'application/vnd.dev.sigstore.bundle+json;version=0.1',
      'application/vnd.dev.sigstore.bundle+json;version=0.2',
      'application/vnd.dev.sigstore.bundle+json;version=0.3',
      'application/vnd.dev.sigstore.bundle.v0.3+json',
    ),
    verificationMaterial: material,
    messageSignature: absent(
      strict({
        messageDigest: strict({ algorithm: choice('SHA2_256', 'SHA2_384', 'SHA2_512'), digest: base64 }),
        signature: base64,
      }),
    ),
    dsseEnvelope: absent(
      strict({
        payload: base64,
        payloadType: filled(text),
        signatures: where(
          list(strict({ sig: base64, keyid: absent(text) })),
          ({ length }) => length === 1,
          'must have exactly one signature',
        ),
      }),
    ),
  }),
  ({ messageSignature, dsseEnvelope }) => hasOne(messageSignature, dsseEnvelope),
  'must have one of messageSignature and dsseEnvelope',
);

export type ParsedBundleJson = Shaped<typeof bundleShape>;
/** As one is written. */
export type BundleJson = Written<ParsedBundleJson>;

/** What may be undefined is left out. */
type Written<T> = T extends readonly (infer Item)[]
  ? readonly Written<Item>[]
  : T extends object
    ? { readonly [K in keyof T as undefined extends T[K] ? never : K]: Written<T[K]> } & {
        readonly [K in keyof T as undefined extends T[K] ? K : never]?: Written<Exclude<T[K], undefined>>;
      }
    : T;

function hasOne(...alternatives: readonly unknown[]): boolean {
  return alternatives.filter((value) => value !== undefined).length === 1;
}
