/** The tables of docs/scale.md. */
import type { Counted } from './fleet.ts';
import { limits, perRegion, perVm, rates, treeBytes, type Assumptions } from './simulation.ts';

const number = (value: number) => Math.round(value).toLocaleString('en-US');
const mb = (bytes: number) => `${number(bytes / 1e6)} MB`;
const gb = (bytes: number) => `${number(bytes / 1e9)} GB`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const align = head.map((_, at) => (at === 0 ? '---' : '--:'));
  return [line(head), line(align), ...rows.map(line), ''];
}

/** What one server saw of each fleet. */
export function renderCounted(counted: readonly Counted[]): string[] {
  return table(
    ['', 'from', 'machines', 'requests', 'of a machine', 'answers', 'bytes sent', 'besides the files, each'],
    counted.map(({ name, server, machines, files, requests, sentBytes, fileBytes, statuses }) => [
      name,
      server,
      number(machines),
      number(requests),
      `${requests / machines} for ${files} files`,
      Object.entries(statuses)
        .map(([kind, count]) => `${kind}: ${number(count)}`)
        .join(', '),
      number(sentBytes),
      requests === 0 ? '' : `${number((sentBytes - fileBytes) / requests)} bytes`,
    ]),
  );
}

export function renderSimulation(given: Assumptions): string[] {
  const { regions, vms } = given;
  const region = perRegion(given);
  const tree = treeBytes();
  const fleet = { bytes: region.bytes * regions, requests: region.requests * regions };
  const way = (name: string, fromOrigins: number, fromMirrors: string, requests: number) => [
    name,
    gb(fromOrigins),
    fromMirrors,
    number(requests),
  ];
  return [
    '### A VM',
    '',
    ...table(
      ['kind', 'VMs', 'files', 'requests', 'bytes'],
      (['knc', 'knd'] as const).map((kind) => {
        const { files, requests, bytes } = perVm(kind, given);
        return [kind, number(vms[kind]), number(files), number(requests), mb(bytes)];
      }),
    ),
    '### All of them once',
    '',
    ...table(
      ['the VMs stage from', 'origins send', 'mirrors send', 'requests at the origins'],
      [
        way('the origins', fleet.bytes, '0', fleet.requests),
        way('one mirror', tree, `${gb(fleet.bytes)}, all of them by one`, treeFiles),
        way(
          `${regions} mirrors, each filled from origins`,
          tree * regions,
          `${gb(region.bytes)} each`,
          treeFiles * regions,
        ),
        way(`${regions} mirrors, filled from one another`, tree, `${gb(region.bytes)} each`, treeFiles),
        way(`images with everything in them, made once a region`, tree, '0 at boot', treeFiles),
      ],
    ),
    '### How fast',
    '',
    ...table(
      [
        `${number((vms.knc + vms.knd) / regions)} VMs of a region within`,
        'the mirrors send',
        'requests a second',
        'mirrors of 10 Gbit/s',
      ],
      rates(given).map(({ windowSeconds, bitsPerSecond, requestsPerSecond, mirrors }) => [
        windowSeconds < 3600 ? `${windowSeconds / 60} minutes` : `${windowSeconds / 3600} h`,
        `${(bitsPerSecond / 1e9).toFixed(2)} Gbit/s`,
        requestsPerSecond.toFixed(1),
        number(mirrors),
      ]),
    ),
    '### Limits',
    '',
    ...table(
      ['', 'VMs that begin in the same moment'],
      limits(given).map(({ what, vms: count }) => [what, number(count)]),
    ),
  ];
}

/** Of a tree for both kinds: the control plane's files, an OS image and a pause image's few blobs are about these. */
const treeFiles = 22;
