/**
 * Asks OSV about a package (`POST /v1/query`, https://google.github.io/osv.dev/post-v1-query/): all records of it, page
 * by page, without a version, so that it is judged here which versions they name, as of a file's records.
 *
 * Answers are not kept: a POST has no validator, and an old answer would say that there is nothing.
 */
import { parseOsvAnswer, parseOsvFile, type OsvRecord } from '../formats/upstream/osv.ts';
import { VerificationError } from '../model/errors.ts';
import type { Fetcher } from '../model/ports.ts';
import type { AdvisorySource } from './advisories.ts';
import { isAbout } from './advisory-ranges.ts';

const queryUrl = 'https://api.osv.dev/v1/query';

/** OSV's own limit of an answer. */
const maxPageBytes = 32 << 20;
/** Of a thousand records each, or what OSV finds in a few seconds. */
const maxPages = 50;

/** `recordsOf` throws TransportError, and VerificationError `EVIDENCE_MALFORMED` and `LIMIT_EXCEEDED`. */
export function osvApi(fetcher: Pick<Fetcher, 'post'>): AdvisorySource {
  return {
    async recordsOf({ ecosystem, name }) {
      const records: OsvRecord[] = [];
      const what = `OSV's answer about ${name} in ${ecosystem}`;
      let token: string | undefined;
      for (let page = 0; page < maxPages; page++) {
        const question = {
          package: { name, ecosystem },
          ...(token === undefined ? {} : { page_token: token }),
        };
        const body = Buffer.from(JSON.stringify(question));
        const request = { url: queryUrl, contentType: 'application/json', body, maxBytes: maxPageBytes };
        const answer = parseOsvAnswer((await fetcher.post(request)).bytes, what);
        records.push(...answer.records);
        token = answer.nextPageToken;
        if (token === undefined) return records;
      }
      throw new VerificationError('LIMIT_EXCEEDED', `${what} has more than ${maxPages} pages`, {
        hint: 'No package has that many records: is a mirror or a proxy answering in its place?',
      });
    },
  };
}

/** Records out of files, without a network. Throws VerificationError `EVIDENCE_MALFORMED`. */
export function osvFiles(
  files: readonly { readonly path: string; readonly bytes: Uint8Array }[],
): AdvisorySource {
  const records = files.flatMap(({ path, bytes }) => parseOsvFile(bytes, path));
  return {
    recordsOf: (asked) =>
      Promise.resolve(records.filter(({ affected }) => affected?.some((one) => isAbout(one, asked)))),
  };
}
