import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { substitute } from '../../../scripts/upstream/behaviours.ts';
import { openPauseRegistry, outcomeOf, pauseRepository, type Asking } from '../../support/pause-registry.ts';

const listPath = 'registry.k8s.io/v2/pause/tags/list';
const day = 86_400_000;
const repository = () =>
  pauseRepository(
    { version: '3.9' },
    { version: '3.10.0' },
    { version: '3.10.2' },
    { version: '3.11.0-rc.1' },
    { version: '4.0.0' },
  );

async function versionOf(asking: Asking): Promise<string> {
  const { ask } = await openPauseRegistry(repository(), { pageSize: 3, wantsToken: true });
  const [resolution] = await ask(asking);
  return resolution?.status === 'resolved' ? resolution.verified.subject.version : outcomeOf(resolution);
}

describe('the version of an image', () => {
  it.each([
    ['the highest, where nothing is said', {}, '4.0.0'],
    ['in a range', { range: '~3.10' }, '3.10.2'],
    ['with pre-releases', { range: '~3.11', prereleases: true }, '3.11.0-rc.1'],
    ['that nobody has', { range: '>=5' }, 'PolicyError VERSION_UNAVAILABLE'],
    ['of an age that its signature proves', { range: '~3.10', minimumAge: 2 * day }, '3.10.2'],
    ['too young for that', { range: '~3.10', minimumAge: 3 * day }, 'PolicyError VERSION_TOO_YOUNG'],
  ])('is chosen: %s', async (_, versions, expected) => {
    expect(await versionOf({ entry: { versions } })).toBe(expected);
  });

  it('is kept where it is held', async () => {
    const entry = { versions: { hold: 'the next one has to be tried first' } };
    expect(await versionOf({ entry, previousVersion: '3.10.0' })).toBe('3.10.0');
  });

  it('stays as it is while the next one is too young', async () => {
    const watermark = { 'registry.k8s.io/pause:3.10.0': `sha256:${'0'.repeat(64)}` };
    const asking = { previousVersion: '3.10.0', watermark };
    expect(await versionOf({ ...asking, entry: { versions: { range: '~3.10', minimumAge: 3 * day } } })).toBe(
      'current',
    );
    // In use already: its age no longer counts.
    const versions = { range: '~3.10', minimumAge: 3 * day };
    expect(await versionOf({ entry: { versions }, previousVersion: '3.10.2' })).toBe('3.10.2');
  });

  it('is one for all platforms, and moves the watermark', async () => {
    const { ask } = await openPauseRegistry(repository(), { pageSize: 2, isPlain: true });
    const resolutions = await ask(
      ...(['amd64', 'arm64'] as const).map((arch) => ({ arch, entry: { versions: {} } })),
    );
    const found = resolutions.map((one) =>
      one.status === 'resolved' ? Object.keys(one.watermark) : outcomeOf(one),
    );
    expect(found).toEqual([['registry.k8s.io/pause:4.0.0'], ['registry.k8s.io/pause:4.0.0']]);
  });
});

describe('a list of tags is refused', () => {
  const page = (link: string | undefined, tags: unknown = ['3.10.2']) => {
    const bytes = Buffer.from(JSON.stringify({ name: 'pause', tags }));
    return (_request: IncomingMessage, response: ServerResponse) => {
      response
        .writeHead(200, { ...(link === undefined ? {} : { link }), 'content-length': bytes.length })
        .end(bytes);
    };
  };
  const hostile = (link: string) => page(`<${link}>; rel="next"`);

  it.each([
    ['leads to another host', hostile('https://evil.example/v2/pause/tags/list?last=3.9')],
    ['leads to another port', hostile('http://127.0.0.1:1/?last=3.9')],
    ['is no URL', hostile('https://[')],
    ['does not say after what', hostile('/v2/pause/tags/list')],
    ['says no tag', hostile(`/x?last=${encodeURIComponent('../../etcd')}`)],
    ['leads in circles', hostile('/x?last=3.9')],
    ['does not list tags', page(undefined, [1])],
    ['lists no text', substitute(Buffer.from('[]'))],
  ])('whose page %s', async (_, behaviour) => {
    const { ask, server } = await openPauseRegistry(repository());
    server.override(listPath, behaviour);
    expect(outcomeOf((await ask({ entry: { versions: {} } }))[0])).toBe(
      'VerificationError EVIDENCE_MALFORMED',
    );
    expect(server.log.every(({ path }) => path === listPath)).toBe(true);
  });

  it('that never ends', async () => {
    const { ask, server } = await openPauseRegistry(repository());
    let count = 0;
    server.override(listPath, (request, response) =>
      page(`</x?last=t${count++}>; rel="next"`)(request, response),
    );
    expect(outcomeOf((await ask({ entry: { versions: {} } }))[0])).toBe('VerificationError LIMIT_EXCEEDED');
    expect(count).toBe(50);
  });

  it('that has none of our tags', async () => {
    const { ask, server } = await openPauseRegistry(repository());
    server.override(listPath, page(undefined, null));
    expect(outcomeOf((await ask({ entry: { versions: {} } }))[0])).toBe('PolicyError VERSION_UNAVAILABLE');
  });
});
