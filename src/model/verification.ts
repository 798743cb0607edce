/**
 * What a verification says: who vouched, through which documents, when, for which digest, how strongly
 * (the field's "verification result"; sigstore-go's and RFC 9334's terms).
 */
import type { Digest } from './digest.ts';
import type { Minted } from './minted.ts';

/**
 * From the weakest to the strongest. `pinned`: nobody vouches, and a person wrote the digest down; `checksum`: TLS and a
 * sidecar, or the host's own word; `signed`: the publisher's signature covers the digest; `attested`: signed provenance
 * names it.
 */
export const assurances = ['pinned', 'checksum', 'signed', 'attested'] as const;
export type Assurance = (typeof assurances)[number];

/** Did anybody sign? Without, there is nothing that could be judged again: only what was recorded. */
export function isSigned(assurance: Assurance): boolean {
  return assurance === 'signed' || assurance === 'attested';
}

/** What a certificate says of the run that signed (Fulcio's `docs/oid-info.md`): the identity provider's word. */
export interface BuildClaims {
  /** The repository that it ran for, as a URL; and its number, which one of the same name made later does not have. */
  readonly sourceRepository?: string;
  readonly sourceRepositoryId?: string;
  /** The branch or tag: `refs/tags/v1.0.0`. */
  readonly sourceRef?: string;
  /** The commit, in hex. */
  readonly sourceDigest?: string;
  /** The workflow that signed, and the one that was started, each at its ref: they differ for a reusable one. */
  readonly signerWorkflow?: string;
  readonly buildConfig?: string;
  /** `github-hosted` or `self-hosted`. */
  readonly runnerEnvironment?: string;
  /** The event that started it: `push`, `workflow_dispatch`. */
  readonly trigger?: string;
  /** The URL of the run. */
  readonly run?: string;
}

/** Who vouched. */
export type Signer =
  | {
      readonly method: 'openpgp';
      /** Of the key that made the signature (often a subkey): full, upper-case hex. */
      readonly fingerprint: string;
      /** Of its primary key: full, upper-case hex. What a pin names. */
      readonly primaryFingerprint: string;
      readonly signedAt: Date;
      /** The name of the trust anchor that its key is of; undefined for keys that a user named on the command line. */
      readonly anchor?: string;
    }
  | {
      readonly method: 'sigstore';
      /** The certificate's subject alternative name, and who vouched for it. */
      readonly identity: string;
      readonly issuer: string;
      readonly signedAt: Date;
      /** What else the certificate says; undefined where it says nothing, as those of people do. */
      readonly build?: BuildClaims;
    }
  | {
      /** A key without owner, dates and revocations of its own: of minisign, of cosign, of signify. */
      readonly method: 'public-key';
      /** As its kind of anchor names keys. */
      readonly fingerprint: string;
      /** The name of the trust anchor that it is; undefined for a key that a user gave by itself. */
      readonly anchor?: string;
      /** Undefined where the signature has no time in it. */
      readonly signedAt?: Date;
    };

/** A document that the chain went through: its bytes at hand, so that it can be kept as evidence. */
export interface EvidenceDocument {
  /** What it is in the chain: `inrelease`, `packages-stanza`, `checksums`, `sigstore-bundle`, … */
  readonly role: string;
  /** Where it was published, at the origin. */
  readonly url: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly bytes: Uint8Array;
  /** What one proof needs of a larger document, in case that is not kept: nobody published it by itself. */
  readonly isExcerpt?: true;
}

/** A log's own signed word about itself, as new as the answer that it came with. */
export interface LogSize {
  /** Its ID, and the tree: a log begins a new one now and then. */
  readonly log: string;
  /** In entries. */
  readonly size: number;
}

/** What else spoke of the file, with the same digest: it can refuse, and makes nothing stronger. */
export interface Witness {
  /** As the catalogue's `method` names it; `host` for what the file's host said when it was asked. */
  readonly method: string;
  readonly digest: Digest;
  /** Undefined for the host. */
  readonly assurance?: Assurance;
  readonly isDigestOnly?: true;
  /** Empty for a checksum file, and for the host. */
  readonly signers: readonly Signer[];
}

export interface VerificationResult {
  readonly assurance: Assurance;
  /** The kind of chain: `apt`, `sigstore`, `openpgp`, `checksum` or `pinned`. */
  readonly method: string;
  /** Empty where nobody signed. */
  readonly signers: readonly Signer[];
  /** From the anchor's end of the chain to the artifact's. */
  readonly documents: readonly EvidenceDocument[];
  /** The time that was judged by. */
  readonly verifiedAt: Date;
  /** The digest that was vouched for. */
  readonly digest: Digest;
  /** Of the logs that were asked for it: not of what was published with a signature, and is as old as that. */
  readonly logSizes?: readonly LogSize[];
  /**
   * A digest alone was signed: neither the file's name nor, unless the signer's identity holds it, its version. Which
   * file it is of is the word of whoever serves it.
   */
  readonly isDigestOnly?: true;
  /** Of a kept proof without its index: that the stanza, or the file's entry, stands in what was signed was not seen again. */
  readonly isUpToIndex?: true;
  /** What gave the same digest; undefined where nothing else was asked. */
  readonly witnesses?: readonly Witness[];
}

/** Something that came through a verified chain. Only `src/verify/mint.ts` makes one. */
export interface Verified<T> extends Minted<'Verified'> {
  readonly subject: T;
  readonly result: VerificationResult;
}
