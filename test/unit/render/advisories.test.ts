import { expect, it } from 'vitest';
import type { Advisory, AdvisoryFinding } from '../../../src/model/advisory.ts';
import { TransportError } from '../../../src/model/errors.ts';
import { renderAdvisories, renderAdvisoriesMarkdown } from '../../../src/render/advisories.ts';

const advisory: Advisory = {
  id: 'CVE-2026-1',
  aliases: ['GO-2026-1'],
  summary: 'Volumes | can be read <b>',
  severity: 'HIGH',
  url: 'https://osv.dev/vulnerability/GO-2026-1',
};
const bare: Advisory = { ...advisory, id: 'DSA-1', aliases: [], summary: '', severity: undefined };
const none: AdvisoryFinding = { status: 'looked-up', fixes: [], brings: [], undecided: [] };
const change = (finding: AdvisoryFinding, name = 'kubelet') => ({
  ...{ name, before: '1.36.0', after: '1.36.1', finding },
});

it('says what a change fixes, what it brings, and what nobody can tell', () => {
  const finding = { ...none, fixes: [advisory], brings: [bare], undecided: [bare] };
  expect(renderAdvisories([change(finding)])).toEqual([
    'kubelet 1.36.0 -> 1.36.1: fixes CVE-2026-1, GO-2026-1 high Volumes | can be read <b> https://osv.dev/vulnerability/GO-2026-1',
    '                          brings DSA-1 https://osv.dev/vulnerability/GO-2026-1',
    '                          may fix or bring DSA-1 https://osv.dev/vulnerability/GO-2026-1',
  ]);
});

it('tells nothing found, nothing asked and no answer apart', () => {
  const lines = renderAdvisories([
    change(none, 'a'),
    { ...change({ status: 'not-looked-up', reason: 'no name' }, 'b'), before: undefined },
    change({ status: 'failed', error: new TransportError('UNREACHABLE', 'no route') }, 'c'),
  ]);
  expect(lines).toEqual([
    'a 1.36.0 -> 1.36.1: fixes and brings nothing that is known',
    'b 1.36.1: not looked up: no name',
    'c 1.36.0 -> 1.36.1: could not be looked up (UNREACHABLE): no route',
  ]);
});

it('is a table in Markdown, whatever a stranger wrote into it', () => {
  const [head, , row, ...others] = renderAdvisoriesMarkdown([change({ ...none, fixes: [advisory] })]).split(
    '\n',
  );
  expect(others).toEqual([]);
  expect(head).toBe('| ENTRY | FROM | TO |  | ADVISORY | SEVERITY | ABOUT | MORE |');
  expect(row).toContain(
    '| kubelet | 1.36.0 | 1.36.1 | fixes | CVE-2026-1, GO-2026-1 | high | Volumes &#124; can be read &#60;b&#62; |',
  );
});
