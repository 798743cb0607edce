import { expect, it } from 'vitest';
import type { EvidenceEntry } from '../../../../src/formats/own/evidence.ts';
import { staleSources, staleText, type Dated } from '../../../../src/pipeline/shared/stale-sources.ts';

const dayMs = 86_400_000;
const now = new Date('2026-11-20T12:00:00Z');
const url = 'https://example.org/stable.txt';

/** As far as it is looked at. */
function dated(
  signedAt: readonly (string | undefined)[],
  asked: Dated['asked'] = [{ maxAge: 60 * dayMs }],
): Dated {
  const evidence = {
    ...{ version: '1.2.3', url: 'https://example.org/tool', judgedAt: '2026-09-01T00:00:00.000Z' },
    watermark: { [url]: 'v1.2.3' },
    signers: signedAt.map((at) => ({ ...(at === undefined ? {} : { signedAt: at }) })),
    question: { entry: { from: 'tools' } },
  };
  return { asked, evidence: evidence as unknown as EvidenceEntry };
}

it('says of a source once that its newest version is too old, by the youngest of its signatures', () => {
  const all = [
    dated(['2026-08-01T00:00:00.000Z']),
    dated(['2026-09-10T00:00:00.000Z', '2026-09-09T00:00:00.000Z']),
  ];
  const [found, ...others] = staleSources(all, now);
  expect(others).toEqual([]);
  expect(found).toMatchObject({ source: 'tools', url, version: '1.2.3', since: new Date('2026-09-10') });
  expect(staleText(found!)).toContain(
    `${url} names 1.2.3 as the newest, which is of 2026-09-10T00:00:00.000Z`,
  );
});

it('dates what nobody signs, or signs without a time, by when it was seen first', () => {
  for (const signedAt of [[], [undefined]]) {
    expect(staleSources([dated(signedAt)], now)).toMatchObject([{ since: new Date('2026-09-01') }]);
  }
});

it.each([
  ['is young enough', [{ maxAge: 81 * dayMs }]],
  ['is given any time', [{}]],
  ['is held', [{ maxAge: dayMs, versions: { hold: 'tested' } }]],
  ['is named', [{ maxAge: dayMs }, { version: '1.2.3' }]],
])('says nothing of what %s', (_, asked) => {
  expect(staleSources([dated([], asked)], now)).toEqual([]);
});
