/**
 * What a signer's certificate says (RFC 5280, and Fulcio's extensions 1.3.6.1.4.1.57264.1, see its `docs/oid-info.md`):
 * its names, who vouched for them, what the workflow ran for, and what the certificate may be used for.
 *
 * Fulcio's extensions 1 to 6, of before 2023, hold bare text, and later ones a UTF8String. Certificates have both, and
 * old ones the first alone.
 */
import { readUtf8 } from '../../formats/text/utf8.ts';
import { malformed } from '../../formats/upstream/evidence-json.ts';
import { derTags, readOne } from './der.ts';
import type { BuildClaims } from '../../model/verification.ts';
import type { Certificate } from './x509/certificate.ts';
import {
  keyUsages,
  purposes,
  readAlternativeNames,
  readExtendedKeyUsage,
  readKeyUsage,
} from './x509/extensions.ts';

/** A subject alternative name, with its type: an e-mail address is never a URI. */
export interface AlternativeName {
  readonly type: 'email' | 'uri' | 'other';
  readonly value: string;
}

/** Each as every extension that is present says it: none where there is none. */
export interface CertificateClaims {
  readonly names: readonly AlternativeName[];
  /** The identity provider. */
  readonly issuers: readonly string[];
  /** The repository that the workflow ran for, as a URL. */
  readonly sourceRepositories: readonly string[];
  /** The branch or tag that it ran for: `refs/tags/v1.0.0`. */
  readonly sourceRefs: readonly string[];
  /** The commit that it ran for. */
  readonly sourceDigests: readonly string[];
  /** The workflow that signed, at the ref that it was used from: a reusable one is another than ran. */
  readonly signerWorkflows: readonly string[];
  /** The workflow that ran, at its ref. */
  readonly buildConfigs: readonly string[];
  readonly isForCodeSigning: boolean;
  /** What is remembered of all this, and of what nothing is compared with. */
  readonly build: BuildClaims;
}

/** Throws VerificationError `EVIDENCE_MALFORMED` for an extension that is not what it must be. */
export function readClaims(certificate: Certificate, what: string): CertificateClaims {
  const read = (number: number): readonly string[] => {
    const value = certificate.extensions.get(`1.3.6.1.4.1.57264.1.${number}`)?.value;
    if (value === undefined) return [];
    const content = number <= 6 ? value : readOne(value, derTags.utf8String);
    const text = content && readUtf8(content);
    if (text !== undefined) return [text];
    throw malformed(what, `the certificate's extension 1.3.6.1.4.1.57264.1.${number} is not what it must be`);
  };
  const [repository] = read(12);
  // The old extension is for GitHub's workflows alone, and has owner and name. Alone, or if it says something else, it counts.
  const oldRepositories = read(5).filter((name) => repository?.endsWith(`/${name}`) !== true);
  const claims = {
    names: readNames(certificate, what),
    issuers: [...read(8), ...read(1)],
    sourceRepositories: [...read(12), ...oldRepositories.map((name) => `https://github.com/${name}`)],
    sourceRefs: [...read(14), ...read(6)],
    sourceDigests: [...read(13), ...read(3)],
    signerWorkflows: read(9),
    buildConfigs: read(18),
    isForCodeSigning: isForCodeSigning(certificate, what),
  };
  const build = withoutAbsent({
    sourceRepository: claims.sourceRepositories[0],
    sourceRepositoryId: read(15)[0],
    sourceRef: claims.sourceRefs[0],
    sourceDigest: claims.sourceDigests[0],
    signerWorkflow: claims.signerWorkflows[0],
    buildConfig: claims.buildConfigs[0],
    runnerEnvironment: read(11)[0],
    trigger: [...read(20), ...read(2)][0],
    run: read(21)[0],
  });
  return { ...claims, build };
}

function withoutAbsent(said: Readonly<Record<keyof BuildClaims, string | undefined>>): BuildClaims {
  return Object.fromEntries(Object.entries(said).filter(([, text]) => text !== undefined));
}

/** GeneralNames (RFC 5280, section 4.2.1.6): `[1]` is an e-mail address, `[6]` a URI. */
function readNames(certificate: Certificate, what: string): readonly AlternativeName[] {
  return (readAlternativeNames(certificate, what) ?? []).map(({ tag, content }) => {
    const type = tag === 0x81 ? 'email' : tag === 0x86 ? 'uri' : 'other';
    const value = type === 'other' ? content.toString('hex') : readUtf8(content);
    if (value !== undefined) return { type, value };
    throw malformed(what, "the certificate's subject alternative name is not what it must be");
  });
}

/** RFC 5280, sections 4.2.1.3 and 4.2.1.12; the latter has to be there. */
function isForCodeSigning(certificate: Certificate, what: string): boolean {
  const isForSignatures = readKeyUsage(certificate, what)?.has(keyUsages.digitalSignature) !== false;
  const usage = readExtendedKeyUsage(certificate, what);
  return isForSignatures && usage?.purposes.includes(purposes.codeSigning) === true;
}
