/**
 * What a judgement tells of itself, link by link, while it is made: `explain` and the report draw nothing else. A method
 * verifies within `link`, so that what is told is what was compared, and the link that breaks is the last one told.
 */
import type { Check, Command, Unproven } from '../formats/own/proof-chain.ts';
import { digestAlgorithm, digestHex, type Digest } from '../model/digest.ts';
import type { Signer } from '../model/verification.ts';

/** A document by what tells it from others. */
export interface NamedDocument {
  readonly role: string;
  readonly url: string;
  /** Where it has several addresses: its digest, and the URL that all of them begin with. */
  readonly digest?: Digest;
  readonly folder?: string;
  /** What to call it where other programs read it; by default as the last segment of its URL. */
  readonly name?: string;
}

/** What vouches, or is vouched for: an anchor, an origin that nobody signs for, a document, or what is judged itself. */
export type LinkEnd =
  { readonly anchor: string } | { readonly origin: string } | NamedDocument | typeof theArtifact;

/** What the whole chain is about. */
export const theArtifact = { artifact: true } as const;

/** For the equivalent commands of other programs: names of files in the directory that they run in. */
export interface HandFiles {
  /** Of a document; what is not kept is fetched. */
  document(document: NamedDocument): string;
  /** Of an anchor's file. */
  anchor(name: string): string;
  /** Of what is judged, once it is fetched. */
  artifact(): string;
  /** What is made of other files, once. */
  make(name: string, command: (name: string) => Command): string;
}

/** What there is to know of a link before it is verified. */
export interface LinkEnds {
  readonly from: LinkEnd;
  readonly to: LinkEnd;
  /** Documents that are verified along with it: the certificate of a signature. */
  readonly beside?: readonly NamedDocument[];
  /** The same by other programs. */
  readonly byHand?: (files: HandFiles) => readonly Command[];
}

/** What of a link was compared, and by whose signatures it holds; its ends, where they were not known before. */
export interface Told extends Partial<LinkEnds> {
  readonly checks: readonly Check[];
  readonly signers?: readonly Signer[];
}

export interface Link extends LinkEnds, Omit<Told, keyof LinkEnds> {
  /** Why it does not hold. */
  readonly error?: unknown;
}

export class Trail {
  readonly links: Link[] = [];
  readonly unproven: Unproven[] = [];

  /**
   * What `verify` gives. Throws as it does, after the link was noted as the one that breaks. What there is nothing to tell
   * of is no link.
   */
  async link<T>(
    ends: LinkEnds,
    verify: () => T | Promise<T>,
    tell: (verified: T) => Told | undefined,
  ): Promise<T> {
    try {
      const verified = await verify();
      const told = tell(verified);
      if (told !== undefined) this.links.push({ ...ends, ...told });
      return verified;
    } catch (error) {
      this.links.push({ ...ends, checks: [], error });
      throw error;
    }
  }

  /** What nothing of the chain says, and why it is accepted all the same. */
  leaves(what: string, because: string): void {
    this.unproven.push({ what, because });
  }

  /** What was left open, and another proof has said since. */
  settles([what]: readonly [what: string, because: string]): void {
    const at = this.unproven.findIndex((one) => one.what === what);
    if (at !== -1) this.unproven.splice(at, 1);
  }

  /** For another look at the same documents. */
  restart(): void {
    this.links.length = 0;
    this.unproven.length = 0;
  }
}

/** For who only wants the verdict: nothing is told. */
export class NoTrail extends Trail {
  override async link<T>(_: LinkEnds, verify: () => T | Promise<T>): Promise<T> {
    return verify();
  }

  override leaves(): void {
    // Nobody asks.
  }
}

/** Of a release. */
export const nothingNewer = [
  'that there is no newer release',
  'which version is current is the word of the release server; one behind what the manifest has is refused',
] as const;

/** Where neither the name of the file in what is signed, nor the signer's identity or ref, has the version in it. */
export const versionUnsigned = [
  'which release it is: nothing that was compared with what is signed has the version in it',
  'it was found at the URL of that release; the same version with other bytes is refused from then on',
] as const;

/** Where no document has it: most have digests alone. */
export const sizeUnsigned = [
  'how large it is: no document of the proof states it',
  'staging compares the file with the size that its server published; the digest decides',
] as const;

/** Where a digest alone was signed. */
export const nameOfDigest = [
  'which file of which release it is: a digest alone is signed',
  'name and version are the word of the release server; another file of the same signer would pass in its place',
] as const;

/** Of an identity that signs without a key of its own. */
export const misuse = [
  "that nobody else used the signer's account or workflow",
  'each signature is in a public log, where its owner can see what was signed in that name',
] as const;

/** Expiry is judged by it, and no signature covers it. */
export const unsignedTime = [
  'that it was judged at that time',
  'no signature covers the time of judging; it lies after every signed date of the proof, and expiry alone rests on it',
] as const;

/** Of bytes that were compared with what names them. */
export function digestChecks(
  { digest, sizeBytes }: { readonly digest: Digest; readonly sizeBytes: number },
  against: string,
): readonly Check[] {
  const check = digestAlgorithm(digest) === 'sha512' ? 'SHA-512' : 'SHA-256';
  return [
    { check, value: digestHex(digest), against },
    { check: 'size', value: `${String(sizeBytes)} bytes`, against },
  ];
}
