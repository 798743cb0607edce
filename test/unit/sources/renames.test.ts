import { describe, expect, it, onTestFinished } from 'vitest';
import type { SourceContext } from '../../../src/sources/source.ts';
import { withRenames } from '../../../src/sources/renames.ts';
import { body, redirect, startFaultServer, status, type Behaviour } from '../../support/fault-server.ts';
import { quickFetcher } from '../../support/quick-fetcher.ts';
import { silentReporter } from '../../support/silent-reporter.ts';

const list = '/api.github.com/repos/acme/tool/releases';
const byNumber = '/api.github.com/repositories/77';
const file = (name: string, at = 'v1/file') => `/github.com/${name}/releases/download/${at}`;
const url = (path: string) => `https:/${path}`;
const moved = (path: string, code = 301) => redirect(url(path), code);

/** GitHub and a host of assets behind one mirror each; what is asked for, and what is warned of then. */
async function warnings(
  routes: Readonly<Record<string, Behaviour>>,
  ask: (context: SourceContext) => Promise<unknown>,
): Promise<{ readonly warned: readonly string[]; readonly paths: readonly string[] }> {
  const server = await startFaultServer();
  const mirrors = ['github.com', 'api.github.com', 'assets.example'].map((host) => ({
    origin: `https://${host}`,
    url: `${server.origin}/${host}`,
  }));
  const fetcher = quickFetcher({ mirrors });
  onTestFinished(async () => {
    await fetcher.close();
    await server.close();
  });
  for (const [path, behaviour] of Object.entries(routes)) server.on(path, behaviour);
  const warned: string[] = [];
  const reporter = { ...silentReporter, warn: (line: unknown) => void warned.push(String(line)) };
  await withRenames({ fetcher, reporter } as unknown as SourceContext, ask);
  return { warned, paths: server.requests.map(({ path }) => path) };
}

const get =
  (path: string) =>
  async ({ fetcher }: SourceContext) =>
    fetcher.get({ url: url(path), maxBytes: 1000 });
const describeFile =
  (path: string) =>
  async ({ fetcher }: SourceContext) =>
    fetcher.describe({ url: url(path) });
const ok = body('[]');

describe('a repository that has moved', () => {
  it.each([301, 308])('is named once, with what to change: %i', async (code) => {
    const { warned } = await warnings(
      { [file('acme/tool')]: moved(file('new/name'), code), [file('new/name')]: ok },
      async (context) => {
        await describeFile(file('acme/tool'))(context);
        await get(file('acme/tool'))(context);
      },
    );
    expect(warned).toHaveLength(1);
    expect(warned[0]).toContain(
      'https://github.com/acme/tool has been renamed: GitHub leads on to new/name.',
    );
    expect(warned[0]).toContain('In the catalogue, write that name in place of acme/tool');
  });

  it('is named though its files are at another host', async () => {
    const { warned } = await warnings(
      {
        [file('acme/tool')]: moved(file('new/name')),
        [file('new/name')]: moved('/assets.example/1?expires=soon', 302),
        '/assets.example/1?expires=soon': ok,
      },
      describeFile(file('acme/tool')),
    );
    expect(warned.join()).toContain('leads on to new/name.');
  });

  it('is named by what it is called last', async () => {
    const { warned } = await warnings(
      {
        [file('acme/tool')]: moved(file('second/name')),
        [file('second/name')]: moved(file('third/name')),
        [file('third/name')]: ok,
      },
      get(file('acme/tool')),
    );
    expect(warned.join()).toContain('leads on to third/name.');
  });

  it('is named by GitHub where its list leads to a number', async () => {
    const { warned, paths } = await warnings(
      {
        [list]: moved(`${byNumber}/releases`),
        [`${byNumber}/releases`]: ok,
        [byNumber]: body('{"full_name":"new/name"}'),
      },
      get(list),
    );
    expect(warned.join()).toContain(
      'https://github.com/acme/tool has been renamed: GitHub leads on to new/name.',
    );
    expect(paths).toEqual([list, `${byNumber}/releases`, byNumber]);
  });

  it('is named by its files, where these say it too, and GitHub is not asked for it', async () => {
    const { warned, paths } = await warnings(
      {
        [list]: moved(`${byNumber}/releases`),
        [`${byNumber}/releases`]: ok,
        [file('acme/tool')]: moved(file('new/name')),
        [file('new/name')]: ok,
      },
      async (context) => {
        await get(list)(context);
        await describeFile(file('acme/tool'))(context);
      },
    );
    expect(warned).toHaveLength(1);
    expect(warned[0]).toContain('leads on to new/name.');
    expect(paths).not.toContain(byNumber);
  });

  it.each([
    ['is not there', status(404)],
    ['is no JSON', body('<html>')],
    ['names none', body('{"full_name":"a name with\\u001b[31m"}')],
  ])('is told by its number where the answer about that %s', async (_what, behaviour) => {
    const { warned } = await warnings(
      { [list]: moved(`${byNumber}/releases`), [`${byNumber}/releases`]: ok, [byNumber]: behaviour },
      get(list),
    );
    expect(warned.join()).toContain('leads on to https://api.github.com/repositories/77.');
  });

  it('is told of though the work failed', async () => {
    const routes = { [file('acme/tool')]: moved(file('new/name')), [file('new/name')]: ok };
    const warned: string[] = [];
    const failing = warnings(routes, async (context) => {
      await withRenames(
        { ...context, reporter: { ...silentReporter, warn: (line) => void warned.push(String(line)) } },
        async (inner) => {
          await get(file('acme/tool'))(inner);
          throw new Error('refused');
        },
      );
    });
    await expect(failing).rejects.toThrow('refused');
    expect(warned).toHaveLength(1);
  });
});

describe('a redirect that is no new name', () => {
  const latest = '/github.com/acme/tool/releases/latest';
  const tag = '/github.com/acme/tool/releases/tag/v1';
  it.each([
    ['to a host of assets', file('acme/tool'), '/assets.example/1', 301],
    ['for now', file('acme/tool'), file('new/name'), 302],
    ['for now, of the API', list, `${byNumber}/releases`, 307],
    ['within the repository', latest, tag, 301],
    ['to other letters of the same name', file('acme/tool'), file('Acme/Tool'), 301],
    ['from elsewhere to a repository', '/assets.example/1', file('new/name'), 301],
    ['to a page about repositories', file('acme/tool'), '/github.com/login', 301],
  ])('is followed, and not told of: %s', async (_what, from, to, code) => {
    const { warned, paths } = await warnings({ [from]: moved(to, code), [to]: ok }, get(from));
    expect(warned).toEqual([]);
    expect(paths).toEqual([from, to]);
  });

  it('is one that comes after another, whatever it says', async () => {
    const { warned } = await warnings(
      {
        [file('acme/tool')]: moved('/assets.example/1', 302),
        '/assets.example/1': moved(file('new/name')),
        [file('new/name')]: ok,
      },
      get(file('acme/tool')),
    );
    expect(warned).toEqual([]);
  });
});
