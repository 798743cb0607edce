/** What a run would bring in is judged by the rules of --check: as if a source had answered something else. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createCache } from '../../../../src/io/cache.ts';
import { createFileStore } from '../../../../src/io/file-store.ts';
import { AssayError } from '../../../../src/model/errors.ts';
import type { Artifact } from '../../../../src/model/artifact.ts';
import type { Fetcher } from '../../../../src/model/ports.ts';
import { nextState } from '../../../../src/pipeline/manifests/assemble.ts';
import { loadCatalogue } from '../../../../src/pipeline/manifests/catalogue.ts';
import { crossCheck } from '../../../../src/pipeline/manifests/go-together.ts';
import { questionKey, targetsOf } from '../../../../src/pipeline/manifests/targets.ts';
import { KeptDocuments } from '../../../../src/pipeline/shared/kept-documents.ts';
import { mintVerified } from '../../../../src/verify/mint.ts';
import { question } from '../../../support/question-sample.ts';
import { silentReporter } from '../../../support/silent-reporter.ts';

const file = new URL('../../../../manifests/catalogue.yaml', import.meta.url);
const text = readFileSync(file, 'utf8');
const digest = `sha256:${'a'.repeat(64)}` as const;

/** The refusals of one answer, in a manifest that has nothing yet, or this version of it. */
async function refusalsOf(name: string, answered: Partial<Artifact>, { edit = text, previous = '' } = {}) {
  const catalogue = loadCatalogue(Buffer.from(edit), 'catalogue.yaml');
  const target = targetsOf(catalogue, { only: [name], kinds: ['knc'], architectures: ['amd64'] })[0]!;
  const dependency = target.dependencies.find((one) => one.name === name)!;
  const { platform } = target;
  const subject = { name, platform, type: dependency.type, digest, sizeBytes: 1, ...answered } as Artifact;
  const result = {
    assurance: 'signed',
    method: 'x',
    signers: [],
    documents: [],
    verifiedAt: new Date(0),
    digest,
  };
  const verified = mintVerified(subject, result as never);
  const entry = { version: previous, url: subject.url, type: 'binary', digest, size: 2 } as const;
  const os = { name: 'debian-13', arch: 'amd64' } as const;
  const vmconfig = { version: 'dev', kind: 'knc', os, dependencies: { [name]: entry }, images: [] };
  const manifest = previous === '' ? undefined : { vmconfig };
  const answers = new Map([
    [questionKey(name, platform), { verified, watermark: {}, anchors: [], question }],
  ]);
  const assembled = nextState({ target, manifest, evidence: {} }, answers);
  expect(assembled.refusals).toEqual([]);
  const input = { ...nothing, catalogue, fetcher: undefined as unknown as Fetcher, memo: new Map() };
  const refusals = await crossCheck(assembled, input);
  return refusals.map(({ error }) => (error instanceof AssayError ? `${error.code} ${error.message}` : ''));
}

/** Nothing is declared of images, and nothing is kept. */
const nothing = {
  packagesOfImage: () => undefined,
  documents: new KeptDocuments('/nowhere', createFileStore()),
  cache: createCache('/dev/null/cache'),
  reporter: silentReporter,
};

const runc = {
  version: '1.4.2',
  url: 'https://github.com/opencontainers/runc/releases/download/v1.4.2/runc.amd64',
};
const older = runc.url.replace('1.4.2', '1.4.1');
const kubelet = { version: '1.37.0', url: 'https://dl.k8s.io/release/v1.37.0/bin/linux/amd64/kubelet' };

describe('an answer that follows from the catalogue', () => {
  it.each([
    ['runc', runc],
    ['kubelet', kubelet],
    ['libpq5', { version: '17.1-1', url: 'https://security.debian.org/debian-security/pool/x.deb' }],
  ])('is taken: %s', async (name, answered) => {
    expect(await refusalsOf(name, answered)).toEqual([]);
  });
});

describe('an answer that does not', () => {
  it.each([
    ['the file of another release', 'runc', { ...runc, url: older }],
    [
      'another file of the release',
      'kubelet',
      { ...kubelet, url: kubelet.url.replace('kubelet', 'kubectl') },
    ],
    ['another architecture', 'kubelet', { ...kubelet, url: kubelet.url.replace('amd64', 'arm64') }],
    ['another host', 'runc', { ...runc, url: runc.url.replace('github.com', 'github.example') }],
    [
      'another repository',
      'libpq5',
      { version: '1', url: 'https://packages.fluentbit.io/debian/trixie/x.deb' },
    ],
    [
      'a neighbour of the repository',
      'libpq5',
      { version: '1', url: 'https://ftp.debian.org/debian-x/x.deb' },
    ],
    ['a version out of range', 'kubelet', { version: '2.0.0', url: kubelet.url.replace('1.37.0', '2.0.0') }],
    ['a pre-release', 'runc', { version: '1.5.0-rc.1', url: runc.url.replace('1.4.2', '1.5.0-rc.1') }],
  ])('is refused: %s', async (_, name, answered) => {
    const [first, ...others] = await refusalsOf(name, answered);
    expect(first).toMatch(/^SUBJECT_MISMATCH .* does not follow from the catalogue: its /);
    expect(others).toEqual([]);
  });

  it('is refused where no URL can be made of the version', async () => {
    expect(await refusalsOf('runc', { ...runc, version: '1..2' })).toMatchObject([
      expect.stringContaining('EVIDENCE_MALFORMED'),
    ]);
  });

  it('is taken with a version that stays until the next one is old enough', async () => {
    const edit = text.replace(
      'repository: opencontainers/runc\n    tag: v{version}',
      'repository: opencontainers/runc\n    tag: v{version}\n    versions: { range: ">=1.5", minimumAge: 3d }',
    );
    expect(edit).not.toBe(text);
    expect(await refusalsOf('runc', runc, { edit })).toHaveLength(1);
    expect(await refusalsOf('runc', runc, { edit, previous: '1.4.2' })).toEqual([]);
  });
});
