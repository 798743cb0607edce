/**
 * What the extensions of a certificate say (RFC 5280, section 4.2.1). A critical one that is not read here makes the
 * certificate unusable: it may restrict what the rest seems to allow.
 */
import { Buffer } from 'node:buffer';
import { malformed } from '../../../formats/upstream/evidence-json.ts';
import { VerificationError } from '../../../model/errors.ts';
import {
  derTags,
  readBoolean,
  readCount,
  readDer,
  readNamedBits,
  readOid,
  readOne,
  readSequence,
  type DerValue,
} from '../der.ts';
import type { Certificate } from './certificate.ts';

const oids = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  alternativeNames: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  // Whatever they say: no policy is asked for, so that any will do (section 6.1.1 (c)).
  certificatePolicies: '2.5.29.32',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
} as const;

const known: readonly string[] = Object.values(oids);

/** Steps 6.1.4 (o) and 6.1.5 (f) of RFC 5280. Throws VerificationError `SIGNER_UNTRUSTED`. */
export function requireKnownCritical({ extensions }: Certificate, what: string): void {
  for (const [oid, { isCritical }] of extensions) {
    if (!isCritical || known.includes(oid)) continue;
    throw new VerificationError(
      'SIGNER_UNTRUSTED',
      `${what} has the extension ${oid}, which is critical and not known`,
      { hint: 'It may restrict what the certificate is good for.', context: { oid } },
    );
  }
}

/** Bits of a key usage (section 4.2.1.3). */
export const keyUsages = { digitalSignature: 0, nonRepudiation: 1, keyCertSign: 5 } as const;

/** Undefined for a certificate that does not limit what its key is used for. */
export function readKeyUsage(certificate: Certificate, what: string): ReadonlySet<number> | undefined {
  return readExtension(certificate, 'keyUsage', what, (value) => {
    const [bits, ...more] = readDer(value) ?? [];
    return bits && more.length === 0 ? readNamedBits(bits) : undefined;
  });
}

/** Of extended key usages, by OID. */
export const purposes = {
  codeSigning: '1.3.6.1.5.5.7.3.3',
  timestamping: '1.3.6.1.5.5.7.3.8',
  any: '2.5.29.37.0',
} as const;

export interface ExtendedKeyUsage {
  readonly isCritical: boolean;
  /** OIDs. */
  readonly purposes: readonly string[];
}

/** Undefined for a certificate that does not say what it is for. */
export function readExtendedKeyUsage(certificate: Certificate, what: string): ExtendedKeyUsage | undefined {
  const found = readExtension(certificate, 'extendedKeyUsage', what, (value) =>
    readAll(readOne(value, derTags.sequence) ?? Buffer.of(), readOid),
  );
  if (found === undefined) return undefined;
  return {
    purposes: found,
    isCritical: certificate.extensions.get(oids.extendedKeyUsage)?.isCritical === true,
  };
}

export interface BasicConstraints {
  readonly isAuthority: boolean;
  /** How many intermediates may follow; undefined for any number. */
  readonly pathLength: number | undefined;
}

export function readBasicConstraints(certificate: Certificate, what: string): BasicConstraints {
  const found = readExtension(certificate, 'basicConstraints', what, (value) => {
    const fields = readSequence(value);
    const [first, ...others] = fields ?? [];
    const flag = first?.tag === derTags.boolean ? readBoolean(first) : false;
    const [length, ...more] = first?.tag === derTags.boolean ? others : (fields ?? []);
    const pathLength = length && readCount(length);
    const isWhole = fields && more.length === 0 && (length === undefined || pathLength !== undefined);
    return isWhole && flag !== undefined ? { isAuthority: flag, pathLength } : undefined;
  });
  return found ?? { isAuthority: false, pathLength: undefined };
}

/** GeneralNames (section 4.2.1.6), each with its tag; none for a certificate without. */
export function readAlternativeNames(
  certificate: Certificate,
  what: string,
): readonly DerValue[] | undefined {
  return readExtension(certificate, 'alternativeNames', what, readSequence);
}

export interface NameConstraints {
  /** GeneralNames as above. */
  readonly permitted: readonly DerValue[];
  readonly excluded: readonly DerValue[];
}

/** Section 4.2.1.10: of a subtree only the base is used, and no list of them is empty. */
export function readNameConstraints(certificate: Certificate, what: string): NameConstraints | undefined {
  return readExtension(certificate, 'nameConstraints', what, (value) => {
    const fields = readSequence(value) ?? [];
    const lists = [0xa0, 0xa1].map((tag) => fields.filter((field) => field.tag === tag));
    const [permitted, excluded] = lists.map(([list]) => (list ? readAll(list.content, readSubtree) : []));
    const isWhole = fields.length > 0 && fields.length === lists.filter(([list]) => list).length;
    return isWhole && permitted && excluded ? { permitted, excluded } : undefined;
  });
}

function readSubtree({ encoded }: DerValue): DerValue | undefined {
  const [base, ...more] = readSequence(encoded) ?? [];
  return more.length === 0 ? base : undefined;
}

/** The values that stand one after another, each read; undefined where one is not, or there is none. */
function readAll<T>(bytes: Uint8Array, read: (value: DerValue) => T | undefined): readonly T[] | undefined {
  const found = (readDer(bytes) ?? []).map(read).filter((one) => one !== undefined);
  return found.length > 0 && found.length === readDer(bytes)?.length ? found : undefined;
}

/** Undefined where it is not there. Throws VerificationError `EVIDENCE_MALFORMED`. */
function readExtension<T>(
  { extensions }: Certificate,
  name: keyof typeof oids,
  what: string,
  read: (value: Uint8Array) => T | undefined,
): T | undefined {
  const extension = extensions.get(oids[name]);
  if (extension === undefined) return undefined;
  const found = read(extension.value);
  if (found !== undefined) return found;
  throw malformed(what, `the certificate's extension ${name} is not what it must be`);
}
