/**
 * Repositories on GitHub that have another name by now. GitHub leads on from the old one (301), until somebody takes
 * that name for a repository of their own: so it is followed, and said.
 */
import { z } from 'zod';
import { TransportError } from '../model/errors.ts';
import type { Answered, Fetcher } from '../model/ports.ts';
import type { SourceContext } from './source.ts';

const maxRepositoryBytes = 1 << 20;

const repositorySchema = z.object({ full_name: z.string().regex(/^[\w.-]{1,100}\/[\w.-]{1,100}$/) });

/** Does `work` with a fetcher whose answers are watched, and warns of each repository that has moved, once. */
export async function withRenames<T>(
  context: SourceContext,
  work: (watched: SourceContext) => Promise<T>,
): Promise<T> {
  /** By the name that was asked for. */
  const moves = new Map<string, Set<string>>();
  const watch = <A extends Answered>(asked: string, answer: A): A => {
    const from = repositoryOf(asked);
    for (const to of answer.movedTo.map(repositoryOf)) {
      if (from === undefined || to === undefined || to.toLowerCase() === from.toLowerCase()) continue;
      moves.set(from, (moves.get(from) ?? new Set()).add(to));
    }
    return answer;
  };
  const { fetcher, reporter } = context;
  const watched: Fetcher = {
    ...fetcher,
    get: async (request) => watch(request.url, await fetcher.get(request)),
    describe: async (request) => watch(request.url, await fetcher.describe(request)),
  };
  try {
    return await work({ ...context, fetcher: watched });
  } finally {
    for (const [from, found] of moves) {
      const to = await nameOf([...found], fetcher);
      reporter.warn(
        `https://github.com/${from} has been renamed: GitHub leads on to ${to}. In the catalogue, write that name in ` +
          `place of ${from}: in "repository" and URLs, and in identities where its workflow signs as the new one`,
      );
    }
  }
}

/** `owner/name`, or `repositories/42` where it is called by its number. */
function repositoryOf(text: string): string | undefined {
  const { origin, pathname } = new URL(text);
  if (origin === 'https://github.com') return /^\/([^/]+\/[^/]+)\//.exec(pathname)?.[1];
  if (origin !== 'https://api.github.com') return undefined;
  const [, name, number] =
    /^\/(?:repos\/([^/]+\/[^/]+)|(repositories\/\d{1,15}))(?:\/|$)/.exec(pathname) ?? [];
  return name ?? number;
}

/** The last name that was seen; where the list alone was asked, it leads on to a number, which GitHub tells the name of. */
async function nameOf(found: readonly string[], fetcher: Fetcher): Promise<string> {
  const name = found.findLast((one) => !one.startsWith('repositories/'));
  if (name !== undefined) return name;
  const url = `https://api.github.com/${found.at(-1) ?? ''}`;
  try {
    const request = { url, maxBytes: maxRepositoryBytes, coding: 'decoded', withUserToken: true } as const;
    const { bytes } = await fetcher.get(request);
    return repositorySchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8'))).full_name;
  } catch (error) {
    if (error instanceof TransportError || error instanceof SyntaxError || error instanceof z.ZodError)
      return url;
    throw error;
  }
}
