import { expect, it } from 'vitest';
import type { Advisory } from '../../../src/model/advisory.ts';
import { TransportError } from '../../../src/model/errors.ts';
import { renderAdvisories } from '../../../src/render/advisories.ts';

const advisory: Advisory = {
  id: 'CVE-2026-1',
  aliases: ['GO-2026-1'],
  summary: 'Volumes can be read',
  severity: 'HIGH',
  url: 'https://osv.dev/vulnerability/GO-2026-1',
};
const bare: Advisory = { ...advisory, id: 'DSA-1', aliases: [], summary: '', severity: undefined };

it('says what is fixed, brought and open', () => {
  expect(
    renderAdvisories({ status: 'looked-up', fixes: [advisory], brings: [bare], undecided: [bare] }),
  ).toEqual([
    'fixes CVE-2026-1, GO-2026-1 (high): Volumes can be read https://osv.dev/vulnerability/GO-2026-1',
    'brings DSA-1 https://osv.dev/vulnerability/GO-2026-1',
    'may be about it: DSA-1 https://osv.dev/vulnerability/GO-2026-1',
  ]);
});

it('tells nothing found, nothing asked and no answer apart', () => {
  const lines = [
    renderAdvisories({ status: 'looked-up', fixes: [], brings: [], undecided: [] }),
    renderAdvisories({ status: 'not-looked-up', reason: 'no name' }),
    renderAdvisories({ status: 'failed', error: new TransportError('UNREACHABLE', 'no route') }),
  ];
  expect(lines).toEqual([
    ['advisories: fixes and brings none that OSV knows of'],
    ['advisories: not looked up: no name'],
    ['advisories: could not be looked up (UNREACHABLE): no route'],
  ]);
});
