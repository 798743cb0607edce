/**
 * What a verification method is: two pure functions of documents. `next` says which documents are needed now, given
 * those at hand, until it names none; `judge` then makes a verified artifact of them, or refuses. Where documents come
 * from is nothing to it. One file and one line of `registry.ts` add another.
 */
import type { ZodType } from 'zod';
import { fillTemplate, nameFor, type FileNames, type TemplateValues } from '../formats/own/template.ts';
import type { Artifact } from '../model/artifact.ts';
import type { Digest } from '../model/digest.ts';
import { fileNeed, type DocumentKind, type FileNeed, type Need } from '../model/need.ts';
import type { EvidenceDocument, Verified } from '../model/verification.ts';
import type { AnchorKind, AnchorPin } from './anchors/anchor.ts';
import type { Keyring } from './openpgp/keyring.ts';
import type { TrustedRoot } from './sigstore/trusted-root.ts';
import type { Trail } from './trail.ts';

/** What is known of a released file before it is asked for. */
export interface AssetNames {
  /** The last segment of its URL: what checksum files and attestations call it. */
  readonly fileName: string;
  /** For the templates of a specification. */
  readonly values: TemplateValues;
  /** Was its version or tag put into its name? */
  readonly namesRelease?: boolean;
}

/** A released file that is to be vouched for; its digest is what the documents have to say. */
export interface Asset extends AssetNames {
  readonly artifact: Omit<Artifact, 'digest'>;
}

/** What was obtained of what was needed. */
export interface Documents {
  has(need: Need): boolean;
  /** Throws what kept it from being read, and TypeError for what was never needed, or is not there: a bug. */
  of(need: Need): EvidenceDocument;
  /** Undefined where it is not there. Throws as `of` does. */
  find(need: Need): EvidenceDocument | undefined;
}

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
  /** Of all that it is made of: with the same digest it judges alike. Not there where nobody knows. */
  readonly digest?: Digest | undefined;
  /** The same trust, for one judgement, which knows what was asked for; not there where nothing of it is remembered. */
  forOne?(): TrustSource & { used(): readonly AnchorUse[] };
}

/** What a judgement rested on: with it, and the documents, it can be made again. */
export interface AnchorUse {
  readonly name: string;
  readonly pin: AnchorPin;
  /** The anchor's file, as the pin has accepted it. */
  readonly file: { readonly name: string; readonly digest: Digest; readonly bytes: Uint8Array };
}

/** Everything that a judgement is made of. */
export interface Matter<Spec, Subject> {
  /** As the catalogue says it. */
  readonly spec: Spec;
  /** What is to be vouched for, as its source describes it. */
  readonly subject: Subject;
  readonly documents: Documents;
  readonly trust: TrustSource;
  /** The time to judge by. */
  readonly now: Date;
  /** What was found out already, for documents that several subjects share. */
  readonly memo: Map<string, Promise<unknown>>;
  /** What is verified is told here, link by link, also if it was found out already: see `trail.ts`. */
  readonly trail: Trail;
  /** All that is asked of these documents, this subject among it: what is searched is searched once. */
  readonly subjects: readonly Subject[];
}

/** From documents to what they prove: a method, or a part of one that commands have a use for, too. */
export interface Chain<Spec, Subject, Result> {
  /**
   * What has to be at hand for the next step, also if some of it is already. Throws VerificationError where what is at
   * hand is bad.
   */
  next(matter: Matter<Spec, Subject>): readonly Need[] | Promise<readonly Need[]>;
  /** Once all that `next` names is there. Throws VerificationError. */
  judge(matter: Matter<Spec, Subject>): Promise<Result>;
}

export interface VerificationMethod<Spec, Subject = Asset> extends Chain<Spec, Subject, Verified<Artifact>> {
  /** As the catalogue's `method` names it. */
  readonly method: string;
  readonly schema: ZodType<Spec>;
}

/** A file beside an asset, by the template of its name. */
export function beside(
  { artifact: { url, platform }, values }: Asset,
  kind: DocumentKind,
  names: FileNames,
): FileNeed {
  const fileName = fillTemplate(nameFor(names, platform.arch), values);
  const fileUrl = url.replace(/[^/]+$/, () => fileName);
  return fileNeed(kind, fileUrl);
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
