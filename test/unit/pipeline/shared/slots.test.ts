/** Where entries stand in a manifest. */
import { describe, expect, it } from 'vitest';
import { renderManifest, type Manifest } from '../../../../src/formats/own/manifest.ts';
import type { Artifact } from '../../../../src/model/artifact.ts';
import { entryAt, entryOf, unknownEntries, withEntries } from '../../../../src/pipeline/shared/slots.ts';
import type { TargetDependency } from '../../../../src/pipeline/manifests/targets.ts';
import { asked } from '../../../support/question-sample.ts';

type Vmconfig = Manifest['vmconfig'];

const platform = { os: 'debian-13', arch: 'amd64' } as const;
const digest = (letter: string) => `sha256:${letter.repeat(64)}` as const;
const common = { enabled: true, kinds: ['knd'], source: { from: 'x' }, verification: { method: 'm' }, asked };
const osImage: TargetDependency = { ...common, name: 'os-image', type: 'qcow2', ordering: 'debian' };
const pause: TargetDependency = {
  ...common,
  name: 'pause',
  type: 'oci-image',
  image: { repository: 'registry.example/pause', tag: '{version}' },
  ordering: 'semver',
};
const boot = {
  cmdline: 'ro',
  kernel: { partition: 1, path: '/boot/vmlinuz', digest: digest('1') },
  initrd: { partition: 1, path: '/boot/initrd', digest: digest('2') },
};

function disk(version: string, letter: string): Artifact {
  const url = `https://cloud.example/${version}/disk.qcow2`;
  return { name: 'os-image', version, platform, type: 'qcow2', url, digest: digest(letter), sizeBytes: 5 };
}

function container(tag: string, letter: string): Artifact {
  return {
    ...{ name: 'pause', version: tag, platform, type: 'oci-image', url: `registry.example/pause:${tag}` },
    ...{ digest: digest(letter), sizeBytes: 7, image: { platform: 'linux/amd64', index: digest('9') } },
  };
}

const empty: Vmconfig = {
  version: 'dev',
  kind: 'knd',
  os: { name: 'debian-13', arch: 'amd64' },
  dependencies: {},
  images: [],
};

function put(vmconfig: Vmconfig, dependency: TargetDependency, artifact: Artifact): Vmconfig {
  return withEntries(vmconfig, [dependency], new Map([[dependency.name, entryOf(artifact, undefined)]]));
}

describe('the OS image', () => {
  it('stands under os, in the order of the contract', () => {
    const made = put(empty, osImage, disk('20261112-1', 'a'));
    expect(entryAt(made, osImage)).toMatchObject({ version: '20261112-1', digest: digest('a'), size: 5 });
    expect(Object.keys(made.dependencies)).toEqual([]);
    expect(Buffer.from(renderManifest({ vmconfig: made })).toString()).toContain('"type": "qcow2"');
  });

  it('keeps its boot files while it is the same image, and loses them with another', () => {
    const first = put(empty, osImage, disk('1', 'a'));
    const booting = { ...first, os: { ...first.os, boot } };
    expect(put(booting, osImage, disk('1', 'a')).os.boot).toEqual(boot);
    expect(put(booting, osImage, disk('2', 'b')).os).toEqual({
      ...empty.os,
      image: entryOf(disk('2', 'b'), undefined),
    });
  });

  it('is left alone where the catalogue has none, and is said to be unknown', () => {
    const made = put(empty, osImage, disk('1', 'a'));
    expect(withEntries(made, [], new Map())).toEqual(made);
    expect(unknownEntries(made, [])).toEqual(['os.image']);
    expect(unknownEntries(made, [osImage])).toEqual([]);
  });
});

describe('a container image', () => {
  it('stands among the images, with its platform and index', () => {
    expect(put(empty, pause, container('3.10', 'a')).images).toEqual([
      {
        image: 'registry.example/pause:3.10',
        digest: digest('a'),
        size: 7,
        platform: 'linux/amd64',
        index: digest('9'),
      },
    ]);
  });

  it('takes the place of another tag of the same repository, and of no other image', () => {
    const other = { image: 'registry.example/pause-windows:3.10', digest: digest('c'), size: 1 };
    const before = put({ ...empty, images: [other] }, pause, container('3.10', 'a'));
    const after = put(before, pause, container('3.11', 'b'));
    expect(after.images.map(({ image }) => image)).toEqual([other.image, 'registry.example/pause:3.11']);
    expect(entryAt(after, pause)).toMatchObject({ version: '3.11', url: 'registry.example/pause:3.11' });
    expect(unknownEntries(after, [pause])).toEqual([other.image]);
  });

  it('is not a dependency of the same name', () => {
    expect(entryAt(empty, pause)).toBeUndefined();
  });
});

it('a manifest is gone through once, however many entries are looked up in it', () => {
  let reads = 0;
  const images = Array.from({ length: 1000 }, (_, at) => ({
    ...{ image: `registry.example/tool-${at}:1.0`, digest: digest('a'), size: 1 },
  }));
  const vmconfig = {
    ...empty,
    get images() {
      reads++;
      return images;
    },
  };
  for (let at = 0; at < 1000; at++) {
    const image = { repository: `registry.example/tool-${at}`, tag: '{version}' };
    expect(entryAt(vmconfig, { ...pause, image })).toMatchObject({ url: `${image.repository}:1.0` });
  }
  expect(reads).toBe(1);
});

it('of two tags of one image that another program wrote, the first counts, and one is left', () => {
  const two = ['3.9', '3.10'].map((tag) => ({
    ...{ image: `registry.example/pause:${tag}`, digest: digest('a'), size: 1 },
  }));
  const vmconfig = { ...empty, images: two };
  const entry = entryAt(vmconfig, pause);
  expect(entry).toMatchObject({ version: '3.9' });
  expect(withEntries(vmconfig, [pause], new Map([['pause', entry!]])).images).toEqual(two.slice(0, 1));
});

it("a file of the name of what is an image by now is the catalogue's, and goes", () => {
  const file = {
    ...{ version: '1', url: 'https://a.example/pause', type: 'binary' },
    digest: digest('a'),
    size: 1,
  };
  const vmconfig = { ...empty, dependencies: { pause: file as never } };
  expect(unknownEntries(vmconfig, [pause])).toEqual([]);
  expect(put(vmconfig, pause, container('3.10', 'a')).dependencies).toEqual({});
});
