/** What is not proven of a released file: told where nothing signed says it, and not where something does. */
import { describe, expect, it } from 'vitest';
import { leaveRelease, leaveSize } from '../../../../src/verify/methods/left-open.ts';
import { sizeUnsigned, Trail, versionUnsigned } from '../../../../src/verify/trail.ts';
import { judge, readMaterial, trustOf } from '../../../fuzz/material.ts';
import { documentsOf, tool } from '../../../support/judge-checksums.ts';

const told = (leave: (trail: Trail) => void) => {
  const trail = new Trail();
  leave(trail);
  return trail.unproven.map(({ what }) => what);
};

describe('the release', () => {
  it.each([
    ['a name without it', false, ['{asset}']],
    ['a name of its own without it', true, ['dist/tool']],
    ['a name, identity and ref without it', false, ['{asset}', 'release@example.org', 'refs/heads/main']],
    ['nothing that is compared', true, [undefined]],
  ])('is not proven by %s', (_, namesRelease, compared) => {
    expect(told((trail) => leaveRelease(trail, { namesRelease }, ...compared))).toContain(versionUnsigned[0]);
  });

  it('is not proven by a name of which nobody knows how it was made', () => {
    expect(told((trail) => leaveRelease(trail, {}, '{asset}'))).toContain(versionUnsigned[0]);
  });

  it.each([
    ["the file's own name", true, ['{asset}']],
    ['what the list calls the file', false, ['dist/{tag}/{asset}']],
    ['the identity', false, ['{asset}', 'https://example.org/release.yml@refs/tags/v{version}']],
    ['the ref', false, ['{asset}', 'release@example.org', 'refs/tags/{tag}']],
  ])('is proven by %s', (_, namesRelease, compared) => {
    expect(told((trail) => leaveRelease(trail, { namesRelease }, ...compared))).not.toContain(
      versionUnsigned[0],
    );
  });
});

describe('the release, by the name in a list', () => {
  const material = readMaterial();
  const trust = trustOf(material);
  const whatIsLeft = async (name: string, more: object) => {
    const one = material.cases.find((found) => found.name === name)!;
    // Nothing of the signer has the version in it.
    const ref = 'sourceRef' in one.spec ? { sourceRef: 'refs/tags/v1.0.0' } : {};
    const subject = { ...(one.subject as typeof tool), namesRelease: true };
    const trail = new Trail();
    const asked = { ...one, spec: { ...one.spec, ...ref, ...more }, subject };
    await judge(asked, one.genuine, trust, material.now, trail);
    return trail.unproven.map(({ what }) => what);
  };

  it.each([
    ['cosign-blob, over checksums', 'name'],
    ['cosign-key, over checksums with a log', 'name'],
    ['cosign-key-bundle, over checksums', 'name'],
    ['sigstore-checksums', 'name'],
    ['openpgp-checksums, beside', 'name'],
    ['minisign, over checksums', 'name'],
    ['github-attestation, of checksums', 'subject'],
  ])('%s: proven by its own, and not by a %s without it', async (name, field) => {
    expect(await whatIsLeft(name, {})).not.toContain(versionUnsigned[0]);
    expect(await whatIsLeft(name, { [field]: 'tool-{arch}' })).toContain(versionUnsigned[0]);
  });
});

it('the release is proven by the own name of a file that a statement names', async () => {
  const material = readMaterial();
  const one = material.cases.find(({ name }) => name === 'in-toto')!;
  const left = async (namesRelease: boolean) => {
    const trail = new Trail();
    const spec = { ...one.spec, ...('sourceRef' in one.spec ? { sourceRef: 'refs/tags/v1.0.0' } : {}) };
    const subject = { ...(one.subject as typeof tool), namesRelease };
    await judge({ ...one, spec, subject }, one.genuine, trustOf(material), material.now, trail);
    return trail.unproven.map(({ what }) => what).includes(versionUnsigned[0]);
  };
  expect([await left(true), await left(false)]).toEqual([false, true]);
});

it('a bill of materials is told to be missing, with the reason that the catalogue has', async () => {
  const material = readMaterial();
  const one = material.cases.find(({ name }) => name === 'signed-sbom')!;
  const trail = new Trail();
  const spec = { ...one.spec, without: { '1.0.0': 'never published' } };
  await judge({ ...one, spec }, one.genuine, trustOf(material), material.now, trail);
  const what = 'that a signed bill of materials lists it';
  expect(trail.unproven).toContainEqual({ what, because: 'never published' });
});

describe('the size', () => {
  const left = (documents: Parameters<typeof documentsOf>[0]) =>
    told((trail) => leaveSize({ subject: tool, documents: documentsOf(documents), trail }));

  it('is not proven by a checksum file, nor by digests that were kept of the file', () => {
    expect(left({ checksums: '' })).toEqual([sizeUnsigned[0]]);
    expect(left({ 'asset-digests': '' })).toEqual([sizeUnsigned[0]]);
  });

  it('is proven by the file itself', () => {
    expect(left({ asset: '10 bytes..' })).toEqual([]);
  });
});
