/**
 * What is kept for conditional requests, on disk: the validators of an answer and the digest of its body, whose bytes
 * are in the content-addressed cache and hashed when they are read. Anything amiss is as if nothing were kept.
 *
 * Entries are keyed by the URL that was asked, at the mirror or the origin: what a mirror said is never used elsewhere.
 * Versions of assay that kept the validators of every answer, good or bad, wrote to `http/`: that is not read any more.
 */
import { hash } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isDigest, type Digest } from '../../model/digest.ts';
import { createCache, writeCacheFile } from '../cache.ts';
import { readRegularFile } from '../files.ts';
import { checkEtag, parseHttpDate, type Validators } from './validators.ts';
import { unlessRefused } from '../lenient.ts';

/** What may change the body for the same URL. */
export interface Variant {
  /** As asked: at the mirror or the origin. */
  readonly url: URL;
  readonly coding: 'raw' | 'decoded';
  readonly headers: Readonly<Record<string, string>>;
}

export interface Entry extends Validators {
  readonly digest: Digest;
  /** Where the rest of a list is, as the answer said; a 304 need not repeat it (RFC 9110, section 15.4.5). */
  readonly next: string | undefined;
}

/** No method throws for what the file system does: what cannot be kept is not. */
export interface ValidatorStore {
  read(variant: Variant): Promise<{ readonly entry: Entry; readonly bytes: Uint8Array } | undefined>;
  /** Puts the bytes where `write` will find them by their digest. */
  keepBytes(bytes: Uint8Array): Promise<Digest>;
  write(variant: Variant, entry: Entry): Promise<void>;
  remove(variant: Variant): Promise<void>;
}

const maxEntryBytes = 16 * 1024;

export function createValidatorStore(cacheDir: string): ValidatorStore {
  const directory = join(cacheDir, 'validators');
  const cache = createCache(cacheDir);
  const entryPath = (variant: Variant) => join(directory, `${variantKey(variant)}.json`);
  return {
    async read(variant) {
      const entry = parseEntry(
        await unlessRefused(readRegularFile(entryPath(variant), maxEntryBytes, 'refused')),
      );
      const bytes = entry && (await cache.read(entry.digest));
      return entry && bytes && { entry, bytes };
    },
    async keepBytes(bytes) {
      const digest: Digest = `sha256:${hash('sha256', bytes)}`;
      await cache.write(digest, bytes);
      return digest;
    },
    async write(variant, entry) {
      const text = `${JSON.stringify({ url: variant.url.href, ...entry })}\n`;
      await unlessRefused(writeCacheFile(entryPath(variant), Buffer.from(text)));
    },
    async remove(variant) {
      await unlink(entryPath(variant)).catch(() => undefined);
    },
  };
}

/** The same for what is the same request, whatever the case of its headers' names. */
export function variantKey({ url, coding, headers }: Variant): string {
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return hash('sha256', JSON.stringify([url.href, coding, named.sort()]));
}

function parseEntry(bytes: Uint8Array | undefined): Entry | undefined {
  if (bytes === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('digest' in value)) return undefined;
  if (typeof value.digest !== 'string' || !isDigest(value.digest)) return undefined;
  const etag = 'etag' in value ? checkEtag(value.etag) : undefined;
  const lastModified = 'lastModified' in value ? checkDate(value.lastModified) : undefined;
  if (etag === undefined && lastModified === undefined) return undefined;
  const next = 'next' in value && typeof value.next === 'string' ? value.next : undefined;
  return { etag, lastModified, digest: value.digest, next };
}

function checkDate(value: unknown): string | undefined {
  return typeof value === 'string' && parseHttpDate(value) !== undefined ? value : undefined;
}
