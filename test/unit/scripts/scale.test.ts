/** The arithmetic of docs/scale.md, and that the page has its results. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format } from 'prettier';
import { describe, expect, it } from 'vitest';
import { countRequests } from '../../../scripts/scale/fleet.ts';
import {
  assumptions,
  limits,
  perRegion,
  perVm,
  rates,
  type Assumptions,
} from '../../../scripts/scale/simulation.ts';
import { renderSimulation } from '../../../scripts/scale/tables.ts';
import { root } from '../../support/run-assay.ts';

const given: Assumptions = { ...assumptions, requestsPerFile: 1, overheadBytesPerFile: 0 };

describe('ten thousand VMs on paper', () => {
  it('are their files, as often as there are VMs of a kind', () => {
    const [knc, knd] = [perVm('knc', given), perVm('knd', given)];
    expect([knc.files, knd.files]).toEqual([16, 11]);
    const region = perRegion(given);
    expect(region.requests * 5).toBe(500 * 16 + 9_500 * 11);
    expect(region.bytes * 5).toBe(500 * knc.bytes + 9_500 * knd.bytes);
  });

  it('ask for more where a file takes more than a request', () => {
    const asking = { ...given, requestsPerFile: 2, overheadBytesPerFile: 100 };
    expect(perRegion(asking).requests).toBe(2 * perRegion(given).requests);
    expect(perVm('knd', asking).bytes).toBe(perVm('knd', given).bytes + 1_100);
  });

  it('take mirrors by the time that they are given', () => {
    const [fast, slow] = rates({ ...given, windowSeconds: [60, 3_600] });
    expect(fast!.bitsPerSecond).toBeCloseTo(60 * slow!.bitsPerSecond, 0);
    expect([fast!.mirrors, slow!.mirrors]).toEqual([10, 1]);
  });

  it('meet the least of the limits first', () => {
    const met = limits(given).map(({ vms }) => vms);
    expect(met).toEqual(met.toSorted((a, b) => a - b));
  });

  it('are in docs/scale.md as they come out of what was counted there', async () => {
    const page = readFileSync(join(root, 'docs/scale.md'), 'utf8');
    const part = (name: string) =>
      new RegExp(`<!-- generated: ${name} -->\\n(.*?)<!-- end -->`, 's').exec(page)?.[1]?.trim() ?? '';
    const counted = /^\| fetch script .*\| (\d+) for (\d+) files .*\| +(\d+) bytes \|$/.exec(
      part('counted')
        .split('\n')
        .find((line) => line.startsWith('| fetch script'))!
        .replaceAll(/ +/g, ' '),
    );
    const [requests, files, overheadBytesPerFile] = counted!.slice(1).map(Number);
    const simulation = renderSimulation({
      ...assumptions,
      requestsPerFile: requests! / files!,
      overheadBytesPerFile: overheadBytesPerFile!,
    });
    expect(part('simulation')).toBe((await format(simulation.join('\n'), { parser: 'markdown' })).trim());
  });
});

it('requests are counted from a log, each by method and status', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'assay-scale-'));
  const log = join(directory, 'access.log');
  await writeFile(log, 'GET 200 1000\nGET 206 500\nGET 200 7\n');
  expect(await countRequests(log)).toEqual({
    requests: 3,
    sentBytes: 1_507,
    statuses: { 'GET 200': 2, 'GET 206': 1 },
  });
  await rm(directory, { recursive: true });
});
