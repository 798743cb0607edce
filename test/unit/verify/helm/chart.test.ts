/** A chart where an index or a registry has it, by each method that vouches for charts: verdicts, and what they say. */
import { describe, expect, it } from 'vitest';
import { helmChart, helmIndex, helmRepository } from '../../../../scripts/upstream/helm.ts';
import { ociDigest } from '../../../../scripts/upstream/oci-image.ts';
import { generateSigningKey } from '../../../../scripts/upstream/signing-key.ts';
import { readContent } from '../../../../scripts/upstream/virtual-file.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { Gathering } from '../../../../src/sources/gather.ts';
import type { ChartSubject } from '../../../../src/verify/helm/chart.ts';
import { methodOf } from '../../../../src/verify/registry.ts';
import { readKeyring } from '../../../../src/verify/openpgp/keyring.ts';
import { sizeUnsigned, Trail } from '../../../../src/verify/trail.ts';
import { storeOf, type Documents } from '../../../fuzz/material.ts';
import { judgedAt, judging } from '../../../support/judge-checksums.ts';
import { refusal } from '../../../support/refusals.ts';
import { trusting } from '../../../support/trusting.ts';

const at = new Date('2026-11-18T09:00:00Z');
const key = await generateSigningKey({ owner: 'Charts', createdAt: new Date('2025-01-01T00:00:00Z') });
const [tool, older, other] = await Promise.all(
  [
    { name: 'tool', version: '1.2.3' },
    { name: 'tool', version: '1.2.2' },
    { name: 'other', version: '1.2.3' },
  ].map((names) => helmChart({ ...names, at, key })),
);
const signed = async (edit: (text: string) => string) =>
  (await helmChart({ name: 'tool', version: '1.2.3', at, key, edit })).provenance!;
const digest = ociDigest(tool!.archive);

const url = 'https://charts.example.org/stable/index.yaml';
const inIndex: ChartSubject = {
  artifact: {
    name: 'tool',
    version: '1.2.3',
    type: 'helm-chart',
    platform: { os: 'debian-13', arch: 'amd64' },
  },
  chart: { name: 'tool', version: '1.2.3' },
  at: {
    ...{ kind: 'index', url, places: ['https://charts.example.org/stable'] },
    sizeBytes: tool!.archive.length,
  },
};
const inRegistry: ChartSubject = {
  ...inIndex,
  at: {
    kind: 'registry',
    repository: { registry: 'registry.example.org', repository: 'charts/tool' },
    tag: '1.2.3',
  },
};
const index = helmIndex([older!, tool!]).toString();
const ofIndex = { 'helm-index': Buffer.from(index), 'helm-provenance': Buffer.from(tool!.provenance!) };
const registry = helmRepository('registry.example.org', 'charts', tool!);
const manifest = Buffer.from(registry.tags.get('1.2.3')!);
const ofRegistry = { 'helm-manifest': manifest, 'helm-provenance': ofIndex['helm-provenance'] };

const provenance = { method: 'helm-provenance', signedBy: 'charts' };
const reason = 'nobody signs this chart';
const hostsWord = { method: 'helm-digest', reason };
const pinnedTo = (pin: string) => ({ method: 'pinned', reason, digests: { '1.2.3': pin } });

async function judge(
  verification: { readonly method: string },
  subject: ChartSubject,
  documents: Documents,
  trail = new Trail(),
) {
  const keyring = () => readKeyring([{ name: 'charts.asc', bytes: Buffer.from(key.publicKeyArmored) }]);
  const gathering = new Gathering(storeOf(documents), { trust: trusting({ keyring }), now: judgedAt });
  const method = methodOf(verification.method);
  const spec = method.schema.parse(verification);
  return (await gathering.judge(method, { spec, subject, subjects: [subject] }, trail)).verified;
}

it.each([
  ['signed', provenance],
  ['checksum', hostsWord],
  ['pinned', pinnedTo(digest)],
])('a chart is not judged before all is there: %s', async (_, verification) => {
  const method = methodOf(verification.method);
  const spec = method.schema.parse(verification);
  for (const subject of [inIndex, inRegistry]) {
    const documents = { has: () => false, find: () => undefined, of: () => expect.fail() };
    const matter = { ...judging, spec, subject, subjects: [subject], documents, trust: trusting() };
    expect(await method.next(matter)).toHaveLength(1);
    await expect(method.judge(matter)).rejects.toThrow('judged too early');
  }
});

it('a pinned chart says what was compared: the archive of an index, and the manifest of a registry', async () => {
  const of = async (subject: ChartSubject, documents: Documents) => {
    const trail = new Trail();
    const { result } = await judge(pinnedTo(digest), subject, documents, trail);
    const left = trail.unproven.map(({ what }) => what).includes(sizeUnsigned[0]);
    return [result.documents.map(({ role }) => role), left, trail.links.map(({ byHand }) => byHand)];
  };
  expect(await of(inIndex, { ...ofIndex, asset: tool!.archive })).toEqual([
    ['helm-index', 'asset'],
    false,
    [undefined],
  ]);
  expect(await of(inRegistry, ofRegistry)).toEqual([['helm-manifest'], true, [undefined]]);
});

describe('a chart of an index', () => {
  it.each([
    ['signed', provenance, ofIndex],
    ['checksum', hostsWord, ofIndex],
    ['pinned', pinnedTo(digest), { ...ofIndex, asset: tool!.archive }],
  ] as const)('is taken where it is %s', async (assurance, verification, documents) => {
    const { subject, result } = await judge(verification, inIndex, documents);
    expect(subject).toMatchObject({ digest, url: 'https://charts.example.org/stable/tool-1.2.3.tgz' });
    expect(result.assurance).toBe(assurance);
  });

  it.each([
    ['https://evil.example.org/tool-1.2.3.tgz', '"files" of the source'],
    ['oci://registry.example.org/charts/tool', '"repository: oci://…"'],
  ])('is refused at %s, where the catalogue does not have it', async (place, hinted) => {
    const moved = Buffer.from(index.replace('- tool-1.2.3.tgz', `- ${place}`));
    const { message, hint, context } = await refusal(
      judge(hostsWord, inIndex, { 'helm-index': moved }),
      VerificationError,
      'SUBJECT_MISMATCH',
    );
    const expected = 'https://charts.example.org/stable';
    expect(message).toContain(`${url} has tool 1.2.3 at `);
    expect(message).toContain(place);
    expect(message).toContain(`, which is under none of ${expected}`);
    expect(hint).toContain(hinted);
    expect(context).toEqual({ expected, found: place });
  });

  it('is refused at what is no place', async () => {
    const documents = { 'helm-index': Buffer.from(index.replace('- tool-1.2.3.tgz', "- 'https://['")) };
    await refusal(judge(hostsWord, inIndex, documents), VerificationError, 'EVIDENCE_MALFORMED');
  });

  it('is of the version that was asked for, as it is written', async () => {
    for (const version of ['v1.2.3', '1.2', '1.2.4']) {
      const subject = { ...inIndex, chart: { name: 'tool', version } };
      const { message } = await refusal(
        judge(hostsWord, subject, ofIndex),
        VerificationError,
        'EVIDENCE_MISSING',
      );
      expect(message).toBe(`${url} has no tool ${version}`);
    }
  });

  it.each([
    ['chart', (text: string) => text.replaceAll('name: tool', 'name: other'), 'other', 'tool'],
    ['version', (text: string) => text.replace('version: 1.2.3', 'version: 1.2.2'), '1.2.2', '1.2.3'],
    [
      'file',
      (text: string) => text.replace('tool-1.2.3.tgz: ', `a.tgz: sha256:0\n  b.tgz: `),
      'a.tgz, b.tgz',
      'tool-1.2.3.tgz',
    ],
    ['file', (text: string) => text.replace(/files:[^]*/, 'files: {}\n'), '', 'tool-1.2.3.tgz'],
  ])('is refused where it was signed for another %s', async (field, edit, found, expected) => {
    const documents = { ...ofIndex, 'helm-provenance': Buffer.from(await signed(edit)) };
    const { message, context } = await refusal(
      judge(provenance, inIndex, documents),
      VerificationError,
      'SUBJECT_MISMATCH',
    );
    expect(message).toContain(`was signed for the ${field} ${JSON.stringify(found)}, expected `);
    expect(context).toEqual({ expected, found });
  });

  it("is refused where its host's digest is not the one that was signed, and taken where there is none", async () => {
    const said = (hex: string) => ({
      ...ofIndex,
      'helm-index': Buffer.from(index.replace(digest.slice('sha256:'.length), hex)),
    });
    expect((await judge(provenance, inIndex, said('""'))).subject.digest).toBe(digest);
    const { context } = await refusal(
      judge(provenance, inIndex, said('a'.repeat(64))),
      VerificationError,
      'DIGEST_MISMATCH',
    );
    expect(context).toEqual({ expected: digest, found: `sha256:${'a'.repeat(64)}` });
  });

  it('is one of the files that its publisher signed together', async () => {
    const more = `  other-1.2.3.tgz: sha256:${'a'.repeat(64)}\n`;
    const both = await signed((text) => `${text.trimEnd()}\n${more}`);
    const documents = { ...ofIndex, 'helm-provenance': Buffer.from(both) };
    expect((await judge(provenance, inIndex, documents)).subject.digest).toBe(digest);
  });

  it('has no word of its host where the index has no digest: it can be pinned', async () => {
    const silent = Buffer.from(index.replace(digest.slice('sha256:'.length), '""'));
    const documents = { 'helm-index': silent, asset: tool!.archive };
    const { hint } = await refusal(
      judge(hostsWord, inIndex, documents),
      VerificationError,
      'EVIDENCE_MISSING',
    );
    expect(hint).toContain('method: pinned');
    expect((await judge(pinnedTo(digest), inIndex, documents)).subject.digest).toBe(digest);
  });

  it('is refused where the archive, or the index, is not what was pinned', async () => {
    const archive = Buffer.from(tool!.archive);
    archive[50]! ^= 1;
    const documents = { ...ofIndex, asset: archive };
    await refusal(judge(pinnedTo(digest), inIndex, documents), VerificationError, 'DIGEST_MISMATCH');
    const pin = ociDigest(other!.archive);
    const { message } = await refusal(
      judge(pinnedTo(pin), inIndex, { ...ofIndex, asset: other!.archive }),
      VerificationError,
      'DIGEST_MISMATCH',
    );
    expect(message).toBe(`${url}, tool 1.2.3 leads to ${digest}, and the catalogue pins ${pin}`);
  });
});

describe('a chart in a registry', () => {
  it.each([
    ['signed', provenance],
    ['checksum', hostsWord],
    ['pinned', pinnedTo(digest)],
    ['pinned', pinnedTo(ociDigest(manifest))],
  ])('is taken where it is %s', async (assurance, verification) => {
    const { subject, result } = await judge(verification, inRegistry, ofRegistry);
    const place = `https://registry.example.org/v2/charts/tool/blobs/${digest}`;
    expect(subject).toMatchObject({ digest, url: place, sizeBytes: tool!.archive.length });
    expect(result.assurance).toBe(assurance);
  });

  it('has the signature that its manifest names, to the byte', async () => {
    const named = [...registry.blobs].find(([, content]) => readContent(content).includes('PGP SIGNED'))?.[0];
    const { message } = await refusal(
      judge(provenance, inRegistry, {
        ...ofRegistry,
        'helm-provenance': Buffer.from(`${tool!.provenance!}\n`),
      }),
      VerificationError,
      'SIZE_MISMATCH',
    );
    expect(message).toContain(`https://registry.example.org/v2/charts/tool/blobs/${named}`);
  });

  it('is refused without one, or with an archive that was not pinned', async () => {
    const unsigned = await helmChart({ name: 'tool', version: '1.2.3', at });
    const { tags } = helmRepository('registry.example.org', 'charts', unsigned);
    const documents = { 'helm-manifest': Buffer.from(tags.get('1.2.3')!) };
    const { message } = await refusal(
      judge(provenance, inRegistry, documents),
      VerificationError,
      'EVIDENCE_MISSING',
    );
    expect(message).toContain('tool 1.2.3 is not signed');
    await refusal(
      judge(pinnedTo(ociDigest(other!.archive)), inRegistry, ofRegistry),
      VerificationError,
      'DIGEST_MISMATCH',
    );
  });
});
