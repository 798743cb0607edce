/** A repository's tags as GitHub's REST API lists them (`GET /repos/OWNER/REPO/tags`): names alone, in no order that counts. */
import { z } from 'zod';
import { VerificationError } from '../model/errors.ts';
import { listUrl, readPages, type PagePorts } from './github-pages.ts';

/** Of a hundred each. Kubernetes has some 1,500 tags. */
const maxPages = 50;

const schema = z.object({ name: z.string().max(1000) });

/**
 * All of them: which is the highest, no order says, so that a part of them says nothing. Throws as `readPages` does, and
 * VerificationError `LIMIT_EXCEEDED`.
 */
export async function listTags(repository: string, ports: PagePorts): Promise<readonly string[]> {
  const tags = new Set<string>();
  const list = { repository, list: 'tags', schema, maxPageBytes: 4 << 20 } as const;
  let count = 0;
  for await (const { items } of readPages(list, ports)) {
    count += 1;
    if (count > maxPages) {
      throw new VerificationError(
        'LIMIT_EXCEEDED',
        `${listUrl(list)} has more than ${String(maxPages)} pages`,
        {
          hint: 'Ask for its releases ("list: releases"), if it has any.',
        },
      );
    }
    for (const { name } of items) tags.add(name);
  }
  return [...tags];
}
