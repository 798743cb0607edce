/** A key that a person names: a file, or a URL from which it is fetched. */
import { httpsUrlSchema } from '../../formats/text/https-url.ts';
import { createFileStore } from '../../io/file-store.ts';
import { UsageError } from '../../model/errors.ts';
import type { Fetcher } from '../../model/ports.ts';
import { maxFoundKeyBytes } from '../../verify/anchors/found-key.ts';
import { readRequired } from './input-files.ts';

/** Throws UsageError and TransportError. */
export async function readKey(source: string, fetcher: Fetcher): Promise<Uint8Array> {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(source)) return readRequired(source, createFileStore());
  const url = httpsUrlSchema.safeParse(source).data;
  if (url === undefined) {
    throw new UsageError('USAGE', `${JSON.stringify(source.slice(0, 200))} is no https URL of a key`);
  }
  return (await fetcher.get({ url, maxBytes: maxFoundKeyBytes })).bytes;
}
