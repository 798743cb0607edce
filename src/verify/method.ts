/**
 * What a verification method of released files is: it says which documents vouch for an asset, and judges them.
 * One file and one line of `registry.ts` add another. It decides on digests: the asset's bytes are not needed.
 *
 * (The apt chain is of another shape, since each of its documents names the next: `src/verify/apt`.)
 */
import type { ZodType } from 'zod';
import type { TemplateValues } from '../formats/own/template.ts';
import type { Artifact } from '../model/artifact.ts';
import type { Assurance, EvidenceDocument, Verified } from '../model/verification.ts';
import type { AnchorKind, AnchorPin } from './anchors/anchor.ts';
import type { Keyring } from './openpgp/keyring.ts';
import type { TrustedRoot } from './sigstore/trusted-root.ts';

/** What is known of a released file before it is asked for. */
export interface AssetNames {
  /** The last segment of its URL: what checksum files and attestations call it. */
  readonly fileName: string;
  /** For the templates of a specification. */
  readonly values: TemplateValues;
}

/** A released file that is to be vouched for; its digest is what the documents have to say. */
export interface Asset extends AssetNames {
  readonly artifact: Omit<Artifact, 'digest'>;
}

/** A document that stands beside an asset. */
export interface DocumentNeed {
  readonly role: string;
  /** The file's name, in the asset's folder. */
  readonly fileName: string;
  readonly maxBytes: number;
}

/** A question to a log, which follows from the documents. The answer is a document too. */
export interface LookupNeed {
  readonly role: string;
  readonly url: string;
  readonly contentType: string;
  readonly body: Uint8Array;
  readonly maxBytes: number;
}

export type Documents = ReadonlyMap<string, EvidenceDocument>;

/** The trust that a method may ask for; it is opened when it is asked for. */
export interface TrustSource {
  /**
   * What a pinned anchor of that kind holds, checked against its pin; `url` is what it is to vouch for. Throws
   * UsageError `TRUST_INVALID` where there is no such anchor, and VerificationError where it is not what is pinned, or
   * `url` is out of its scope.
   */
  material<M>(kind: AnchorKind<AnchorPin, M>, anchor: string, url?: string): Promise<M>;
  /** Of OpenPGP keys. Throws as `material` does. */
  keyring(anchor: string, url: string): Promise<Keyring>;
  /** Of Sigstore's public-good instance. Throws as `material` does. */
  trustedRoot(): Promise<TrustedRoot>;
}

export interface JudgeInput<Spec> {
  readonly spec: Spec;
  readonly asset: Asset;
  readonly documents: Documents;
  readonly trust: TrustSource;
  /** The time to judge by. */
  readonly now: Date;
  /** What was verified in this run already, for documents that several assets share. */
  readonly memo: Map<string, Promise<unknown>>;
}

/**
 * What every judgement by one specification says, whatever is in the documents. Evidence that says otherwise answers
 * another question, or was changed.
 */
export interface Terms {
  readonly assurance: Assurance;
  /** As `VerificationResult.method` has it. */
  readonly chain: string;
  readonly isDigestOnly?: true;
  /** The one identity, or the anchors whose keys may vouch. Nobody, where neither is there. */
  readonly identity?: { readonly identity: string; readonly issuer: string };
  readonly anchors?: readonly string[];
  /** Roles, in order: those of documents that are kept, and those of documents that are only named. */
  readonly documents: Readonly<Record<string, 'kept' | 'named'>>;
}

export interface VerificationMethod<Spec> {
  /** As the catalogue's `method` names it. */
  readonly method: string;
  readonly schema: ZodType<Spec>;
  documents(spec: Spec, asset: AssetNames): readonly DocumentNeed[];
  /** Only where the documents are not enough. Throws VerificationError where they are bad already. */
  lookup?(spec: Spec, asset: Asset, documents: Documents): LookupNeed;
  /** Throws VerificationError `EVIDENCE_MALFORMED` for values that no name can be made of. */
  terms(spec: Spec, values: TemplateValues): Terms;
  /** Throws VerificationError. */
  judge(input: JudgeInput<Spec>): Promise<Verified<Artifact>>;
}

/** The document of a role. It was asked for, so that its absence is a bug. */
export function documentOf(documents: Documents, role: string): EvidenceDocument {
  const document = documents.get(role);
  if (document === undefined) throw new TypeError(`no document of the role ${role}`);
  return document;
}

/** What `verify` says, asked once in a run for each `key`. */
export function once<T>(
  memo: Map<string, Promise<unknown>>,
  key: string,
  verify: () => Promise<T>,
): Promise<T> {
  const known = memo.get(key) ?? verify();
  memo.set(key, known);
  return known as Promise<T>;
}
