/** Whoever goes through a manifest's entries sees all of them, each as what it is. */
import { describe, expect, it } from 'vitest';
import { entriesOf, placeOf, stubEntry } from '../../../../src/formats/own/manifest-entries.ts';
import { sampleManifest, sha256 } from '../../../support/manifest-sample.ts';

const { vmconfig } = sampleManifest();

describe('entriesOf', () => {
  it('has every entry once, with its slot, name and key', () => {
    const entries = entriesOf({ vmconfig }).map((one) => [
      one.slot,
      one.name,
      one.slot === 'image' ? undefined : one.key,
    ]);
    expect(entries).toEqual([
      ['dependency', 'agent', 'agent'],
      ['dependency', 'agent+', 'agent+'],
      ['dependency', 'agent-2', 'agent-2'],
      ['stub', 'vmconfig', 'vmconfig'],
      ['image', 'registry.k8s.io/pause:3.10.2', undefined],
      ['os-image', 'os.image', 'os-image'],
    ]);
  });

  it('says of each what the manifest says', () => {
    const entries = new Map(entriesOf({ vmconfig }).map(({ name, entry }) => [name, entry]));
    expect(entries.get('agent')).toBe(vmconfig.dependencies['agent']);
    expect(entries.get('os.image')).toBe(vmconfig.os.image);
    expect(entries.get('vmconfig')).toEqual(stubEntry(undefined));
    expect(entries.get('registry.k8s.io/pause:3.10.2')).toEqual({
      ...{ version: '3.10.2', url: 'registry.k8s.io/pause:3.10.2', type: 'oci-image', digest: sha256 },
      ...{ size: 318043, platform: 'linux/amd64', index: sha256 },
    });
  });

  it('has no OS image where there is none', () => {
    const os = { name: 'debian-13', arch: 'amd64' } as const;
    expect(entriesOf({ vmconfig: { ...vmconfig, os } }).map(({ slot }) => slot)).not.toContain('os-image');
  });

  it('has each in the place that the catalogue finds it by, an image whatever its tag', () => {
    const places = entriesOf({ vmconfig }).map(({ place }) => place);
    expect(new Set(places).size).toBe(places.length);
    for (const place of [
      placeOf('deb', 'agent-2'),
      placeOf('tar.gz', 'vmconfig'),
      placeOf('qcow2', 'any-name'),
      placeOf('oci-image', 'any-name', 'registry.k8s.io/pause'),
    ]) {
      expect(places).toContain(place);
    }
    expect(places).not.toContain(placeOf('oci-image', 'agent', 'registry.k8s.io/pau'));
    expect(places).not.toContain(placeOf('oci-image', 'agent'));
  });
});
