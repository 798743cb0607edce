/**
 * What a judgement needs to see: a document as a value, so that whoever has documents can be asked for it: upstream,
 * the evidence that was kept, or the files of a command line. What comes is untrusted.
 */
import type { Digest } from './digest.ts';
import type { VerificationError } from './errors.ts';
import { oncePer } from './once-per.ts';

/** What all documents of one kind have in common, wherever they come from. */
export interface DocumentKind {
  /** What it is in the chain: `inrelease`, `checksums`, `sigstore-bundle`, … */
  readonly role: string;
  /** One byte more is TransportError `TOO_LARGE`; of a file on a command line VerificationError `LIMIT_EXCEEDED`. */
  readonly maxBytes: number;
}

interface DocumentNeed extends Pick<DocumentKind, 'role'> {
  /** At the origin. */
  readonly url: string;
}

type CappedNeed = DocumentNeed & DocumentKind;

/** A file on a server. */
export interface FileNeed extends CappedNeed {
  readonly kind: 'file';
  /** It changes under its name: whoever keeps it asks whether it is current. */
  readonly isRevalidated?: true;
  /** Not the one that is at hand: it has gone out of step with what it names. */
  readonly again?: true;
  /** What is not there is no error, and no document. */
  readonly isOptional?: true;
  /**
   * It is a JSON list in pages, which lead from one to the next (RFC 8288): all of them, as a sequence of JSON texts, of no
   * more bytes together. More pages are VerificationError `LIMIT_EXCEEDED`.
   */
  readonly maxPages?: number;
  /** Asked on the user's behalf, of GitHub's API: with their token, where there is one. */
  readonly withUserToken?: true;
  /** Where it was too large to be kept, an excerpt was: whoever has only what was kept has no document, and no error. */
  readonly hasExcerpt?: true;
}

/** One content in one of its forms, by digest. */
export interface DocumentForm {
  /** The same bytes at several places. */
  readonly urls: readonly string[];
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** About how long it takes to read it, once it is there. */
  readonly readMs: number;
}

/** One content in several forms: the first that is there, or the one that is read sooner over a slow line. */
export interface FormsNeed extends DocumentNeed {
  readonly kind: 'forms';
  readonly forms: readonly DocumentForm[];
  readonly again?: true;
}

/** A question to a log, which follows from the documents. The answer is a document too. */
export interface LookupNeed extends CappedNeed {
  readonly kind: 'lookup';
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** A manifest or blob of a registry (OCI distribution specification 1.1). */
export interface RegistryNeed extends DocumentNeed {
  readonly kind: 'manifest' | 'blob';
  readonly registry: string;
  readonly repository: string;
  /** A tag, whose manifest changes; or what a descriptor names. */
  readonly reference: string | { readonly digest: Digest; readonly sizeBytes: number };
  /** What is not there is no error, and no document. */
  readonly isOptional?: true;
}

export type Need = FileNeed | FormsNeed | LookupNeed | RegistryNeed;

export function fileNeed({ role, maxBytes }: DocumentKind, url: string): FileNeed {
  return { kind: 'file', role, url, maxBytes };
}

/** Which document it is: two needs with the same key are one. */
export const needKey = oncePer((need: Need): string => {
  const parts = [need.kind, need.role, need.url];
  if (need.kind === 'lookup') parts.push(Buffer.from(need.body).toString('base64'));
  if (need.kind === 'forms') parts.push(...need.forms.map(({ digest }) => digest));
  if ('again' in need) parts.push('again');
  return parts.join(' ');
});

/** Untrusted bytes. */
export interface StoredDocument {
  readonly bytes: Uint8Array;
  /** What these bytes have been compared with; of several forms, the one that they are to be, and where it was. */
  readonly named?: { readonly url: string; readonly digest: Digest };
  /** What is thrown when somebody looks at the bytes: where it is only to be told how far a judgement gets. */
  readonly refused?: VerificationError;
}

export interface DocumentStore {
  /**
   * Undefined where there is none, of what is optional; a store that keeps only a part of a proof may not have other
   * documents either. Throws TransportError, and VerificationError for more bytes than a digest's size allows.
   */
  read(need: Need): Promise<StoredDocument | undefined>;
}
