/** A report with a chain of each shape, for those who look at the page. */
import { createHash } from 'node:crypto';
import type { ProofChain } from '../../src/formats/own/proof-chain.ts';
import type { Report, ReportEntry } from '../../src/render/report/model.ts';
import { renderReport } from '../../src/render/report/page.ts';
import { reportStyle } from '../../src/render/report/style.ts';
import { aptChain, branchedChain, brokenChain, checksumChain } from './proof-chain-sample.ts';

const files = ['knc.debian-13.amd64.json', 'knd.debian-13.amd64.json'];

export function entryOf(chain: ProofChain, more: Partial<ReportEntry> = {}): ReportEntry {
  const { name, version, verdict } = chain;
  const isRefused = verdict === 'refused';
  const artifact = chain.nodes.find((node) => node.kind === 'artifact');
  return {
    manifests: files,
    name,
    version,
    file: artifact,
    chain,
    remark: undefined,
    isRefused,
    since: undefined,
    ...more,
  };
}

const stub: ReportEntry = {
  ...entryOf(aptChain),
  ...{
    name: 'vmconfig',
    version: 'dev',
    file: undefined,
    chain: undefined,
    remark: 'a stub: it names no file',
  },
};

const libpq5 = { url: 'https://a.example/x.deb', digest: '', size: 1 } as const;

export const sample: Report = {
  manifests: files.map((fileName) => ({
    ...{ fileName, digest: `sha256:${'9b'.repeat(32)}`, faults: [] },
  })),
  entries: [
    entryOf({ ...branchedChain, name: 'containerd', version: '2.3.1', assurance: 'attested' }),
    entryOf(branchedChain),
    entryOf(aptChain, { since: 'https://security.debian.org/InRelease was valid until 2026-11-25' }),
    entryOf(checksumChain),
    entryOf(brokenChain),
    stub,
  ],
  expiring: [
    {
      ...{ anchor: 'sigstore', what: 'TUF root', id: 'version 14', noticeDays: 30 },
      expires: new Date('2026-12-10T00:00:00Z'),
    },
    {
      ...{ anchor: 'runc', what: 'key', id: 'C9C370B246B09F6DBCFC744C34401015D1D2D386', noticeDays: 60 },
      expires: new Date('2027-04-20T00:00:00Z'),
    },
  ],
  since: {
    revision: 'HEAD~1',
    changes: {
      manifests: [],
      changes: [
        {
          ...{ name: 'libpq5', type: 'deb', status: 'changed', uncompared: [], links: {} },
          manifests: [{ kind: 'knc', os: 'debian-13', arch: 'amd64' }],
          before: { version: '17.11-0+deb13u1', ...libpq5 },
          after: { version: '17.12-0+deb13u1', ...libpq5 },
          differences: [
            { what: 'signer', from: 'debian-archive', to: 'debian-security', lookAt: true },
            { what: 'version', from: '17.11-0+deb13u1', to: '17.12-0+deb13u1' },
          ],
        },
      ],
    },
  },
  now: new Date('2026-11-28T12:00:00Z'),
};

export function pageOf(report: Report): string {
  return renderReport(report, createHash('sha256').update(reportStyle).digest('base64'));
}
