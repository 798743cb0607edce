/**
 * Conditional requests (RFC 9110, section 13): remembers the validators of an answer and the digest of its
 * body, so that a server can say "not modified" in place of sending the body again. The bytes are kept in
 * the content-addressed cache and hashed when read; anything amiss means a plain fetch. Entries are keyed
 * by the URL that was asked, at the mirror or the origin: what a mirror said is never used elsewhere.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { AssayError } from '../../model/errors.ts';
import { digestFromHex, isDigest } from '../../model/digest.ts';
import type { Digest } from '../../model/digest.ts';
import { createCache } from '../cache.ts';
import { ensureDirectory, readFileCapped, replaceFile } from '../files.ts';
import { nextLink } from './link.ts';
import type { Response } from './response.ts';

/** What may change the body for the same URL. */
export interface Variant {
  /** As asked: at the mirror or the origin. */
  readonly url: URL;
  readonly coding: 'raw' | 'decoded';
  readonly headers: Readonly<Record<string, string>>;
}

export interface Remembered {
  /** If-None-Match and If-Modified-Since. */
  readonly conditions: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
  /** As the answer said; a 304 need not repeat it (RFC 9110, section 15.4.5). */
  readonly next: string | undefined;
}

export interface Revalidation {
  /** What is known of a variant, if its bytes are still there, unharmed, and at most `maxBytes`. */
  recall(variant: Variant, maxBytes: number): Promise<Remembered | undefined>;
  /** Keeps an answer that carries validators. That it cannot be written is not an error. */
  remember(variant: Variant, response: Response, bytes: Uint8Array): Promise<void>;
}

interface Entry {
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  readonly digest: Digest;
  readonly next: string | undefined;
}

const maxEntryBytes = 16 * 1024;

export function createRevalidation(cacheDir: string): Revalidation {
  const directory = join(cacheDir, 'http');
  const cache = createCache(cacheDir);
  const entryPath = (variant: Variant) => join(directory, `${variantKey(variant)}.json`);
  return {
    async recall(variant, maxBytes) {
      const entry = parseEntry(await readQuietly(entryPath(variant)));
      const bytes = entry && (await cache.read(entry.digest));
      if (entry === undefined || bytes === undefined || bytes.byteLength > maxBytes) return undefined;
      const conditions: Record<string, string> = {};
      if (entry.etag !== undefined) conditions['if-none-match'] = entry.etag;
      if (entry.lastModified !== undefined) conditions['if-modified-since'] = entry.lastModified;
      return { conditions, bytes, next: entry.next };
    },
    async remember(variant, response, bytes) {
      const { etag, lastModified } = validatorsOf(response);
      const digest = digestFromHex('sha256', createHash('sha256').update(bytes).digest('hex'));
      if ((etag === undefined && lastModified === undefined) || digest === undefined) return;
      await cache.write(digest, bytes);
      try {
        await ensureDirectory(directory, 0o700);
        const text = `${JSON.stringify({ url: variant.url.href, etag, lastModified, digest, next: nextLink(response) })}\n`;
        await replaceFile(entryPath(variant), Buffer.from(text), { mode: 0o600 });
      } catch (error) {
        if (!(error instanceof AssayError)) throw error;
      }
    },
  };
}

/** The validators of an answer that are well-formed: they are sent back as headers later. */
export function validatorsOf({ headers }: Pick<Response, 'headers'>): Pick<Entry, 'etag' | 'lastModified'> {
  return { etag: checkEtag(headers['etag']), lastModified: checkDate(headers['last-modified']) };
}

function variantKey({ url, coding, headers }: Variant): string {
  const named = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return createHash('sha256')
    .update(JSON.stringify([url.href, coding, named.sort()]))
    .digest('hex');
}

async function readQuietly(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFileCapped(path, maxEntryBytes);
  } catch (error) {
    if (error instanceof AssayError) return undefined;
    throw error;
  }
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

function checkEtag(value: unknown): string | undefined {
  return typeof value === 'string' && /^(?:W\/)?"[\x21\x23-\x7e]{0,512}"$/.test(value) ? value : undefined;
}

function checkDate(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z0-9 ,:]{1,64}$/.test(value) ? value : undefined;
}
