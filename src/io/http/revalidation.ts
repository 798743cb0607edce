/**
 * Conditional requests (RFC 9110, section 13): a server says "not modified" in place of sending the same body again.
 *
 * A validator is worth the body that it came with, and no more: it is kept once that body was verified and used. What
 * was refused leaves nothing behind, so that no answer, however wrong, stands in the way of the next one.
 */
import { nextLink } from './link.ts';
import type { Response } from './response.ts';
import { variantKey, type Entry, type ValidatorStore, type Variant } from './validator-store.ts';
import { validatorsOf } from './validators.ts';

export interface Remembered {
  /** If-None-Match and If-Modified-Since. */
  readonly conditions: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
  readonly next: string | undefined;
}

/** The answers to requests that belong together: kept or forgotten at once. */
export interface Answers {
  /** May what an earlier run kept of it be asked about? Not what was answered here already: who asks again doubts it. */
  mayRecall(variant: Variant): boolean;
  /**
   * What an earlier run kept of a variant, if its bytes are still there, unharmed, and at most `maxBytes`.
   */
  recall(variant: Variant, maxBytes: number): Promise<Remembered | undefined>;
  /** The server says that what was recalled is current. */
  noteReused(variant: Variant): void;
  /** `receivedAtMs`: the machine's time. */
  noteFetched(variant: Variant, response: Response, bytes: Uint8Array, receivedAtMs: number): Promise<void>;
  hasReused(): boolean;
  keep(): Promise<void>;
  forget(): Promise<void>;
}

interface Answer {
  readonly variant: Variant;
  /** Of a body that came whole; undefined where it has no validators. */
  readonly entry: Entry | undefined;
  readonly isReused: boolean;
}

/** `isConditional`: false to ask for everything whole, as without a `store`. */
export function openAnswers(store: ValidatorStore | undefined, isConditional: boolean): Answers {
  const answers = new Map<string, Answer>();
  const reused = () => [...answers.values()].filter(({ isReused }) => isReused);
  const mayRecall = (variant: Variant) => isConditional && !answers.has(variantKey(variant));
  return {
    mayRecall,
    async recall(variant, maxBytes) {
      if (!mayRecall(variant)) return undefined;
      const found = await store?.read(variant);
      if (found === undefined || found.bytes.byteLength > maxBytes) return undefined;
      const { etag, lastModified, next } = found.entry;
      const conditions: Record<string, string> = {};
      if (etag !== undefined) conditions['if-none-match'] = etag;
      if (lastModified !== undefined) conditions['if-modified-since'] = lastModified;
      return { conditions, bytes: found.bytes, next };
    },
    noteReused(variant) {
      answers.set(variantKey(variant), { variant, entry: undefined, isReused: true });
    },
    async noteFetched(variant, response, bytes, receivedAtMs) {
      if (store === undefined) return;
      const validators = validatorsOf(response, receivedAtMs);
      const hasNone = validators.etag === undefined && validators.lastModified === undefined;
      const entry = hasNone
        ? undefined
        : { ...validators, digest: await store.keepBytes(bytes), next: nextLink(response) };
      answers.set(variantKey(variant), { variant, entry, isReused: false });
    },
    hasReused: () => reused().length > 0,
    async keep() {
      for (const { variant, entry, isReused } of answers.values()) {
        if (isReused) continue;
        await (entry === undefined ? store?.remove(variant) : store?.write(variant, entry));
      }
    },
    async forget() {
      for (const { variant } of reused()) await store?.remove(variant);
    },
  };
}
