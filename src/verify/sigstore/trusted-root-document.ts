/**
 * The trusted root's file (protobuf-specs, `sigstore_trustroot.proto`, in JSON), strictly: the library reads a validity
 * without a start as one since 1970, and base64 however it comes. Such a root is refused here.
 *
 * A root gains logs and authorities of new kinds before everybody can read them. What is not known about one makes that
 * one unusable, since it might restrict what it stands in, and is no reason to doubt the others.
 */
import { Buffer } from 'node:buffer';
import { parseEvidenceJson, requireSize } from '../../formats/upstream/evidence-json.ts';
import { show } from '../../formats/text/problems.ts';
import {
  absent,
  absentAs,
  anything,
  as,
  atMost,
  bytes,
  choice,
  filled,
  known,
  list,
  open,
  strict,
  text,
  where,
  type Shaped,
} from '../../formats/upstream/shape.ts';
import { VerificationError } from '../../model/errors.ts';

/** The public-good root has 7 kB. */
export const maxTrustedRootBytes = 1 << 20;

/** RFC 3339, in UTC, of a day that there is: that a Date reads of it what it says. */
const time = as(
  where(
    text,
    (found) =>
      /^(?:\.\d+)?Z$/.test(found.slice(19)) &&
      (new Date(found).toJSON() as string | null)?.startsWith(found.slice(0, 19)) === true,
    'must be a time in UTC, like 2026-11-20T12:00:00Z',
  ),
  (found) => new Date(found),
);

const validity = where(
  open({ start: time, end: absent(time) }),
  ({ start, end }) => end === undefined || start <= end,
  'must not end before it starts',
);

/** By the names of protobuf-specs. The deprecated ones are those of certificate transparency logs of 2021. */
export const keyDetails = {
  PKCS1_RSA_PKCS1V5: 1,
  PKIX_ECDSA_P256_SHA_256: 5,
  PKIX_ED25519: 7,
  PKIX_ECDSA_P384_SHA_384: 12,
  PKIX_ECDSA_P521_SHA_512: 13,
} as const;

/** With a scheme or without: a log's name is its host, and what follows that. */
export function logUrl(baseUrl: string): URL | undefined {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(baseUrl) ? baseUrl : `https://${baseUrl}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.host === '' ? undefined : url;
}

const logId = open({ keyId: bytes });
const publicKey = open({ rawBytes: bytes, keyDetails: text, validFor: validity });

/** `problem`: why it cannot be used here. */
const log = as(
  open({
    baseUrl: absentAs(text, ''),
    hashAlgorithm: text,
    publicKey,
    logId,
    checkpointKeyId: absent(logId),
    operator: absent(text),
  }),
  (found) => {
    const { publicKey: key, hashAlgorithm } = found;
    const problem = !Object.hasOwn(keyDetails, key.keyDetails)
      ? `its key is of the type ${show(key.keyDetails)}, which is not known`
      : hashAlgorithm !== 'SHA2_256'
        ? `its hash is ${show(hashAlgorithm)}, which is not known`
        : problemOf(found, key, key.validFor, found.logId, found.checkpointKeyId);
    return { ...found, problem };
  },
);

const authority = as(
  open({
    subject: absent(open({ organization: absent(text), commonName: absent(text) })),
    uri: absent(text),
    certChain: open({ certificates: filled(atMost(16, open({ rawBytes: bytes }))) }),
    validFor: validity,
    operator: absent(text),
  }),
  (found) => {
    const { subject, certChain, validFor } = found;
    return { ...found, problem: problemOf(found, subject, certChain, ...certChain.certificates, validFor) };
  },
);

function problemOf(
  ...parts: readonly ({ readonly others: readonly string[] } | undefined)[]
): string | undefined {
  const [field] = parts.flatMap((part) => part?.others ?? []);
  return field === undefined ? undefined : `it has the field ${show(field)}, which is not known`;
}

function notEmpty({ length }: readonly unknown[]): boolean {
  return length > 0;
}

const nobody = 'must not be empty: nobody could be trusted';

const rootFields = {
  mediaType: choice(
    'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    'application/vnd.dev.sigstore.trustedroot.v0.2+json',
  ),
  certificateAuthorities: where(list(authority), notEmpty, nobody),
};

const rootShape = strict({
  ...rootFields,
  tlogs: where(
    list(where(log, ({ baseUrl }) => logUrl(baseUrl) !== undefined, 'must be at a URL, or a host')),
    notEmpty,
    nobody,
  ),
  ctlogs: where(list(log), notEmpty, nobody),
  /** An instance whose log signs the time needs none. */
  timestampAuthorities: absentAs(list(authority), []),
});

export type TrustedRootDocument = Shaped<typeof rootShape>;
export type RootLog = TrustedRootDocument['tlogs'][number];
export type RootAuthority = TrustedRootDocument['certificateAuthorities'][number];

/**
 * Bytes to the document, its keys and certificates not looked at; `what` is for messages. Throws VerificationError
 * `LIMIT_EXCEEDED`, `EVIDENCE_MALFORMED`.
 */
export function parseTrustedRootDocument(bytes: Uint8Array, what: string): TrustedRootDocument {
  return parseEvidenceJson(rootShape, bytes, what, { maxBytes: maxTrustedRootBytes, numbers: 'exact' });
}

/** Of an instance without logs: what it signs has a timestamp. */
const noLogs = absentAs(
  where(
    list(log),
    ({ length }) => length === 0,
    'must be empty: of an instance with logs, signatures have to be in them',
  ),
  [],
);
const stampedRootShape = strict({
  ...rootFields,
  tlogs: noLogs,
  ctlogs: noLogs,
  timestampAuthorities: where(list(authority), notEmpty, nobody),
});

/**
 * The roots of instances without logs in a file of roots, one a line (`gh attestation trusted-root`), as one; those of
 * others are not read. Throws as `parseTrustedRootDocument` does, and `EVIDENCE_MISSING` where there is none.
 */
export function parseStampedRootDocument(bytes: Uint8Array, what: string): TrustedRootDocument {
  const limit = { maxBytes: maxTrustedRootBytes, numbers: 'exact' } as const;
  requireSize(bytes, limit.maxBytes, what);
  const lines = linesOf(bytes).filter((line) => {
    const { tlogs, ctlogs } = parseEvidenceJson(logsShape, line, what, limit);
    return tlogs.length === 0 && ctlogs.length === 0;
  });
  const roots = lines.map((line) => parseEvidenceJson(stampedRootShape, line, what, limit));
  const [first] = roots;
  if (first === undefined) {
    throw new VerificationError('EVIDENCE_MISSING', `${what} has only roots of instances with logs`, {
      hint: "GitHub's own Sigstore has none: gh attestation trusted-root prints its root behind that of the public one.",
    });
  }
  return {
    ...first,
    certificateAuthorities: roots.flatMap((root) => root.certificateAuthorities),
    timestampAuthorities: roots.flatMap((root) => root.timestampAuthorities),
  };
}

const logsShape = known({
  tlogs: absentAs(list(anything), []),
  ctlogs: absentAs(list(anything), []),
});

/** One document over several lines is one. */
function linesOf(bytes: Uint8Array): readonly Buffer[] {
  const lines = Buffer.from(bytes)
    .toString('latin1')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const isLines = lines.every((line) => line.startsWith('{') && line.endsWith('}'));
  return isLines ? lines.map((line) => Buffer.from(line, 'latin1')) : [Buffer.from(bytes)];
}
