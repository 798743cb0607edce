/**
 * What a kind of trust anchor (RFC 5280's term) is: a format of files beside `trust/pins.yaml`, pinned by what its
 * fields there say, and what methods verify with. One file and one line of `registry.ts` add another; the form of
 * pins.yaml follows. A kind reads no file and asks nobody: how its publisher's news are fetched, where there are any,
 * is a matter of `pipeline/trust`.
 */
import { z } from 'zod';
import type { AnchorReference } from '../../formats/own/catalogue-anchors.ts';
import { type Digest } from '../../model/digest.ts';
import { digestSchema } from '../../model/digest-schema.ts';
import type { AnchorReview } from '../../model/trust-review.ts';

/** An anchor as pins.yaml says it: what is not pinned there is not trusted. */
export interface AnchorPin {
  readonly type: string;
  /** The anchor's own file, beside pins.yaml. */
  readonly file: string;
  /** How what it pins was learnt, other than from the anchor itself. */
  readonly learnt?: string;
}

/** A file of the trust directory. */
export interface TrustFile {
  /** In that directory. */
  readonly name: string;
  readonly path: string;
  /** Undefined where there is no such file. */
  readonly bytes: Uint8Array | undefined;
}

export interface Anchor<Pin extends AnchorPin = AnchorPin> {
  readonly name: string;
  readonly kind: AnchorKind<Pin>;
  readonly pin: Pin;
  /** A file that the pin names. Throws UsageError `FILE_UNREADABLE`. */
  readonly file: (name: string) => TrustFile;
}

/** What a person is shown of an anchor: in the form that there is for it, or as lines of text (`holds`). */
type AnchorContents = Partial<Pick<AnchorReview, 'keys' | 'root' | 'holds' | 'notes' | 'expiring'>>;

export interface AnchorKind<Pin extends AnchorPin = AnchorPin, Material = unknown> {
  /** As pins.yaml names it. */
  readonly type: string;
  /** What its file holds, for messages: `keys`. */
  readonly what: string;
  /** Of its pin; `type` is its tag. */
  readonly schema: z.ZodObject;
  /** How a catalogue asks for one. */
  readonly reference: AnchorReference;
  /** Each file that the pin names, with the path of its field. No two anchors share one. */
  files(pin: Pin): readonly (readonly [path: readonly PropertyKey[], name: string])[];
  /** What it pins for people to compare, where that is not the digest of its file: full fingerprints. */
  pinned?(pin: Pin): readonly string[];
  /**
   * What vouches for its file, of that digest, besides whoever pinned it, in a few words: of an anchor that was opened.
   * Without this, nothing does.
   */
  proof?(pin: Pin, digest: Digest): string;
  /** URL prefixes that it may vouch for; undefined where whoever asks for it says whose word counts (an identity). */
  scope(pin: Pin): readonly string[] | undefined;
  /**
   * The bytes of the anchor's file, against its pin, as methods verify with them. `now` is the time to judge by.
   * Throws VerificationError where they are not what is pinned (`PIN_MISMATCH`), or cannot be relied on.
   */
  open(bytes: Uint8Array, anchor: Anchor<Pin>, now: Date): Promise<Material>;
  /**
   * The file that a kept proof rests on, which may be of another day than the anchor's own and is chosen by who writes
   * evidence, as methods verify with it: only as far as today's pin knows it, and without what was revoked since.
   * Throws as `open` does. Without this, only what `open` takes is taken.
   */
  reopen?(kept: Uint8Array, anchor: Anchor<Pin>, then: Date): Promise<Material>;
  /** For people: the same checks, and those of the files that only an update needs. Throws as `open` does. */
  report(bytes: Uint8Array, anchor: Anchor<Pin>, now: Date): Promise<AnchorContents>;
  /**
   * Where the pin says all that its file has to hold, wherever that comes from: a run may do without the file. Without
   * this, nobody who relies on the anchor ever fetches it.
   */
  readonly published?: {
    readonly maxBytes: number;
    sources(pin: Pin): readonly string[];
    /** The file that untrusted copies, one of each source, make together. Throws as `open` does. */
    fileOf(copies: readonly Uint8Array[], pin: Pin, now: Date): Promise<Uint8Array>;
  };
}

/** The name of a file beside pins.yaml. */
export function fileSchema(...extensions: readonly string[]): z.ZodString {
  return z
    .string()
    .max(100)
    .regex(new RegExp(`^[a-z0-9][a-z0-9-]*\\.(?:${extensions.join('|')})$`), {
      error: `must be a plain file name that ends in .${extensions.join(' or .')}`,
    });
}

/** Of a file: the one algorithm that TUF repositories, Sigstore and `sha256sum` have in common. */
export const sha256Schema = digestSchema.refine((digest) => digest.startsWith('sha256:'), {
  error: 'must be sha256',
});

/** Of a trusted root: what `reopen` still takes. */
export const formerSchema = z
  .array(sha256Schema)
  .max(1000)
  .exactOptional()
  .describe(
    "of files that were pinned before: what was judged by one of them is judged by it again, as far as today's has it",
  );
