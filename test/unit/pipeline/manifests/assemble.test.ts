/** How a manifest follows from the one before and from what was resolved. */
import { describe, expect, it } from 'vitest';
import type { EvidenceEntry } from '../../../../src/formats/own/evidence.ts';
import {
  renderManifest,
  type Manifest,
  type ManifestDependency,
} from '../../../../src/formats/own/manifest.ts';
import type { Artifact } from '../../../../src/model/artifact.ts';
import type { Digest } from '../../../../src/model/digest.ts';
import { PolicyError, VerificationError } from '../../../../src/model/errors.ts';
import type { VerificationResult } from '../../../../src/model/verification.ts';
import { nextState, type Resolved } from '../../../../src/pipeline/manifests/assemble.ts';
import { previousOf, type TargetState } from '../../../../src/pipeline/manifests/manifest-state.ts';
import { unknownEntries } from '../../../../src/pipeline/shared/slots.ts';
import { questionKey, type TargetDependency } from '../../../../src/pipeline/manifests/targets.ts';
import { mintVerified } from '../../../../src/verify/mint.ts';
import { asked, proven, question } from '../../../support/question-sample.ts';
import { forgeries } from '../../../support/forgeries.ts';

const platform = { os: 'debian-13', arch: 'amd64' } as const;
const fileName = 'knd.debian-13.amd64.json';

function digestFor(letter: string): Digest {
  return `sha256:${letter.repeat(64)}`;
}

function resultFor(digest: Digest): VerificationResult {
  const verifiedAt = new Date('2026-11-20T12:00:00Z');
  return { assurance: 'signed', method: 'apt', signers: [], documents: [], verifiedAt, digest };
}

function artifact(name: string, version: string, letter: string): Artifact {
  const url = `https://example.org/${name}.deb`;
  return { name, version, platform, type: 'deb', url, digest: digestFor(letter), sizeBytes: 10 };
}

/** What a source answered, by question. */
function answers(...artifacts: readonly Artifact[]): ReadonlyMap<string, Resolved> {
  return new Map(
    artifacts.map((subject) => [
      questionKey(subject.name, platform),
      {
        verified: mintVerified(subject, resultFor(subject.digest)),
        watermark: { index: 'new' },
        anchors: [],
        question,
      },
    ]),
  );
}

function entry(name: string, version: string, letter: string): ManifestDependency {
  return {
    version,
    url: `https://example.org/${name}.deb`,
    type: 'deb',
    digest: digestFor(letter),
    size: 10,
  };
}

function evidenceFor(name: string, version: string, letter: string): EvidenceEntry {
  return {
    ...{ url: `https://example.org/${name}.deb`, size: 10 },
    ...{ version, digest: digestFor(letter), assurance: 'signed', method: 'apt', signers: [], documents: [] },
    ...{ ...proven, watermark: { index: 'old' } },
  };
}

function dependency(name: string, providers?: string[]): TargetDependency {
  const fields = { name, enabled: true, kinds: ['knd'], type: 'deb' as const };
  const chain = { source: { from: 'debian' }, verification: { method: 'apt' }, ordering: 'debian' as const };
  const fixed = { ...chain, asked };
  return { ...fields, ...fixed, ...(providers === undefined ? {} : { providers }) };
}

const image = { image: 'registry.k8s.io/pause:3.10', digest: digestFor('f'), size: 1 };

function stateOf(
  dependencies: readonly TargetDependency[],
  entries?: Record<string, ManifestDependency>,
  evidence: Record<string, EvidenceEntry> = {},
): TargetState {
  const os = { name: 'debian-13', arch: 'amd64' } as const;
  const manifest: Manifest | undefined = entries && {
    vmconfig: { version: '1.2.3', kind: 'knd', os, dependencies: entries, images: [image] },
  };
  const selected = new Set(dependencies.map(({ name }) => name));
  return { target: { kind: 'knd', platform, fileName, dependencies, selected }, manifest, evidence };
}

describe('nextState', () => {
  it('makes a manifest where there is none', () => {
    const { state, changes } = nextState(
      stateOf([dependency('foo', ['aws']), dependency('bar')]),
      answers(artifact('foo', '1:1.0-1', 'a')),
    );
    expect(state.manifest).toEqual({
      vmconfig: {
        version: 'dev',
        kind: 'knd',
        os: { name: 'debian-13', arch: 'amd64' },
        // Without the epoch; and without bar, which was not resolved.
        dependencies: { foo: { ...entry('foo', '1.0-1', 'a'), providers: ['aws'] } },
        images: [],
      },
    });
    expect(state.evidence).toMatchObject({
      foo: { version: '1:1.0-1', watermark: { index: 'new' }, question },
    });
    expect(changes).toMatchObject([{ fileName, name: 'foo', before: undefined, assurance: 'signed' }]);
    expect(() => renderManifest(state.manifest)).not.toThrow();
  });

  it('changes what was resolved, and keeps all else: entries, evidence, version, images', () => {
    const old = { foo: entry('foo', '1.0-1', 'a'), bar: entry('bar', '2.0-1', 'b') };
    const evidence = { foo: evidenceFor('foo', '1.0-1', 'a'), bar: evidenceFor('bar', '2.0-1', 'b') };
    const before = stateOf([dependency('foo'), dependency('bar')], old, evidence);
    const { state, changes } = nextState(before, answers(artifact('foo', '1.1-1', 'c')));
    expect(state.manifest.vmconfig).toEqual({
      ...before.manifest!.vmconfig,
      dependencies: { ...old, foo: entry('foo', '1.1-1', 'c') },
    });
    expect(state.evidence).toMatchObject({ foo: { version: '1.1-1' }, bar: evidence.bar });
    expect(changes).toMatchObject([
      { name: 'foo', before: { version: '1.0-1' }, after: { version: '1.1-1' } },
    ]);
  });

  it('an answer that says the same is no change, but new evidence', () => {
    const before = stateOf([dependency('foo')], { foo: entry('foo', '1.0-1', 'a') });
    const { state, changes } = nextState(before, answers(artifact('foo', '1.0-1', 'a')));
    expect(changes).toEqual([]);
    expect(state.manifest).toEqual(before.manifest);
    expect(state.evidence['foo']?.watermark).toEqual({ index: 'new' });
  });

  it('leaves what is not selected, even if it was resolved', () => {
    const before = stateOf([dependency('foo')], { foo: entry('foo', '1.0-1', 'a') });
    const target = { ...before.target, selected: new Set<string>() };
    const { state, changes } = nextState({ ...before, target }, answers(artifact('foo', '1.1-1', 'c')));
    expect(changes).toEqual([]);
    expect(state.manifest).toEqual(before.manifest);
  });

  it('keeps entries that the catalogue does not have, and no evidence for them', () => {
    const old = { foo: entry('foo', '1.0-1', 'a'), gone: entry('gone', '3.0', 'd') };
    const before = stateOf([dependency('foo')], old, { gone: evidenceFor('gone', '3.0', 'd') });
    expect(unknownEntries(before.manifest!.vmconfig, before.target.dependencies)).toEqual([
      'gone',
      image.image,
    ]);
    const { state } = nextState(before, answers());
    expect(state.manifest.vmconfig.dependencies).toEqual(old);
    expect(state.evidence).toEqual({});
  });

  it('forgets evidence that is about other bytes than the manifest names', () => {
    const before = stateOf(
      [dependency('foo')],
      { foo: entry('foo', '1.0-1', 'a') },
      { foo: evidenceFor('foo', '1.0-1', 'e') },
    );
    expect(nextState(before, answers()).state.evidence).toEqual({});
  });

  it('reports what policy refuses, keeps that entry, and goes on', () => {
    const old = { foo: entry('foo', '1.0-1', 'a'), bar: entry('bar', '2.0-1', 'b') };
    const before = stateOf([dependency('foo'), dependency('bar')], old);
    const { state, changes, refusals } = nextState(
      before,
      answers(artifact('foo', '1.0-1', 'c'), artifact('bar', '2.1-1', 'd')),
    );
    expect(refusals).toMatchObject([{ name: 'foo', error: { code: 'ARTIFACT_MUTATED' } }]);
    expect(refusals[0]?.error).toBeInstanceOf(PolicyError);
    expect(changes.map(({ name }) => name)).toEqual(['bar']);
    expect(state.manifest.vmconfig.dependencies['foo']).toEqual(old.foo);
  });

  it.each<[string, Partial<Artifact>]>([
    ['name', { name: 'bar' }],
    ['operating system', { platform: { os: 'debian-12', arch: 'amd64' } }],
    ['architecture', { platform: { os: 'debian-13', arch: 'arm64' } }],
    ['type', { type: 'binary' }],
    ['digest', { digest: digestFor('e') }],
    ['image platform', { image: { platform: 'linux/amd64', index: undefined } }],
  ])('refuses an answer of another %s than its slot has, and keeps the entry', (what, other) => {
    const before = stateOf([dependency('foo')], { foo: entry('foo', '1.0-1', 'a') });
    const subject = artifact('foo', '1.1-1', 'c');
    const verified = mintVerified({ ...subject, ...other }, resultFor(subject.digest));
    const resolved = new Map([
      [questionKey('foo', platform), { verified, watermark: {}, anchors: [], question }],
    ]);
    const { state, changes, refusals } = nextState(before, resolved);
    expect(refusals).toMatchObject([{ name: 'foo', error: { code: 'SUBJECT_MISMATCH', context: { what } } }]);
    expect(refusals[0]?.error).toBeInstanceOf(VerificationError);
    expect(changes).toEqual([]);
    expect(state.manifest).toEqual(before.manifest);
  });

  it('refuses an image for another platform than the slot’s', () => {
    const repository = 'registry.k8s.io/pause';
    const pause: TargetDependency = {
      ...dependency('pause'),
      ...{ type: 'oci-image', image: { repository, tag: 'v{version}' }, ordering: 'semver' },
    };
    const answer = (arch: string) => {
      const image = { platform: `linux/${arch}`, index: digestFor('b') };
      const subject = { ...artifact('pause', '3.10.2', 'a'), type: 'oci-image', image } as const;
      return nextState(stateOf([pause]), answers({ ...subject, url: `${repository}:v3.10.2` }));
    };
    expect(answer('arm64').refusals).toMatchObject([{ error: { context: { what: 'image platform' } } }]);
    const { refusals, state } = answer('amd64');
    expect(refusals).toEqual([]);
    // A tag with something around the version is that very version again.
    const again = { ...stateOf([pause]), manifest: state.manifest, evidence: state.evidence };
    expect(nextState(again, answers()).changes).toEqual([]);
    expect(previousOf(again, pause)).toMatchObject({ entry: { version: '3.10.2' }, evidence: {} });
  });

  it('says what the file is of, whatever stood there', () => {
    const before = stateOf([dependency('foo')], { foo: entry('foo', '1.0-1', 'a') });
    const { vmconfig } = before.manifest!;
    const other = { ...vmconfig, kind: 'knc', os: { name: 'debian-12', arch: 'arm64' } as const };
    const { state } = nextState({ ...before, manifest: { vmconfig: other } }, answers());
    expect(state.manifest).toEqual(before.manifest);
  });

  it('keeps what is held, though there is an answer', () => {
    const before = stateOf([dependency('foo')], { foo: entry('foo', '1.0-1', 'a') });
    const next = nextState(before, answers(artifact('foo', '1.1-1', 'c')), new Set(['foo']));
    expect(next.state.manifest).toEqual(before.manifest);
    expect(next.changes).toEqual([]);
  });

  it('says what is missing', () => {
    const next = nextState(
      stateOf([dependency('foo'), dependency('bar')]),
      answers(artifact('foo', '1', 'a')),
    );
    expect(next.missing).toEqual(['bar']);
  });

  it('has a stub in place of what is being developed, without evidence', () => {
    const stub: TargetDependency = { ...dependency('vmconfig'), type: 'tar.gz', stub: true };
    const { state, changes } = nextState(stateOf([stub]), answers());
    const expected = { version: 'dev', url: '', type: 'tar.gz', digest: '', size: 0 };
    expect(state.manifest.vmconfig.dependencies).toEqual({ vmconfig: expected });
    expect(state.evidence).toEqual({});
    expect(changes).toMatchObject([{ name: 'vmconfig', assurance: undefined, signers: [] }]);
    expect(nextState({ ...stateOf([stub]), manifest: state.manifest }, answers()).changes).toEqual([]);
  });

  const subject = artifact('foo', '1.0-1', 'a');
  const genuine = mintVerified(subject, resultFor(subject.digest));

  it.each(forgeries(genuine))('refuses %s, by a TypeError that nobody takes for an answer', (_, verified) => {
    const resolved = new Map([
      [questionKey('foo', platform), { verified, watermark: {}, anchors: [], question }],
    ]);
    expect(() => nextState(stateOf([dependency('foo')]), resolved)).toThrow(TypeError);
  });
});
