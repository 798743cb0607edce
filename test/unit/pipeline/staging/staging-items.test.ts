import { describe, expect, it } from 'vitest';
import { parseManifest, renderManifest, type Manifest } from '../../../../src/formats/own/manifest.ts';
import { UsageError } from '../../../../src/model/errors.ts';
import { stagingItems } from '../../../../src/pipeline/staging/staging-items.ts';
import { refusal } from '../../../support/refusals.ts';

const digest = `sha256:${'1'.repeat(64)}` as const;
const entry = (url: string, type: 'binary' | 'deb' | 'tar.gz', providers?: string[]) => ({
  ...{ version: '1.2.3', url, type, digest, size: 7 },
  ...(providers === undefined ? {} : { providers }),
});
const manifest: Manifest = {
  vmconfig: {
    version: 'dev',
    kind: 'knc',
    os: {
      name: 'debian-13',
      arch: 'amd64',
      image: {
        ...{ version: '20261115', url: 'https://cloud.example/debian-13.qcow2', type: 'qcow2' },
        ...{ digest, size: 9 },
      },
    },
    dependencies: {
      'amazon-ssm-agent': entry('https://x.example/ssm/amazon-ssm-agent.deb', 'deb', ['aws']),
      'cni-plugins': entry('https://x.example/v1.2.3/cni-plugins-linux.tgz', 'tar.gz'),
      kubelet: entry('https://x.example/v1.2.3/kubelet', 'binary'),
      vmconfig: { version: 'dev', url: '', type: 'tar.gz', digest: '', size: 0 },
    },
    images: [],
  },
};
const namesOf = (...given: Parameters<typeof stagingItems>) => stagingItems(...given).map(({ name }) => name);

describe('stagingItems', () => {
  it('are all that can be downloaded, under their staged names, but for the OS image', () => {
    expect(namesOf(manifest)).toEqual(['amazon-ssm-agent.deb', 'cni-plugins.tar.gz', 'kubelet']);
    expect(namesOf(manifest, { osImage: true })).toContain('os-image.qcow2');
  });

  it('are what is asked for', () => {
    expect(namesOf(manifest, { only: ['kubelet', 'vmconfig'] })).toEqual(['kubelet']);
    expect(namesOf(manifest, { osImage: true, only: ['os-image'] })).toEqual(['os-image.qcow2']);
    expect(namesOf(manifest, { providers: ['none'] })).toEqual(['cni-plugins.tar.gz', 'kubelet']);
    expect(namesOf(manifest, { providers: ['none', 'aws'] })).toEqual(namesOf(manifest));
    expect(namesOf(manifest, { only: ['amazon-ssm-agent'], providers: ['aws'] })).toEqual([
      'amazon-ssm-agent.deb',
    ]);
  });

  it('are refused where the manifest does not have them', async () => {
    await refusal(() => stagingItems(manifest, { only: ['kubectl'] }), UsageError, 'USAGE');
    await refusal(() => stagingItems(manifest, { only: ['toString'] }), UsageError, 'USAGE');
    await refusal(() => stagingItems(manifest, { only: ['os-image'] }), UsageError, 'USAGE');
    await refusal(() => stagingItems(manifest, { providers: ['aws', 'gcp'] }), UsageError, 'USAGE');
    const { message, hint } = await refusal(
      () => stagingItems(manifest, { providers: ['was'] }),
      UsageError,
      'USAGE',
    );
    expect(message).toBe('--providers names "was", which the manifest does not have; did you mean "aws"?');
    expect(hint).toBe('It has: aws, none.');
    const { name, arch } = manifest.vmconfig.os;
    const bare = { vmconfig: { ...manifest.vmconfig, os: { name, arch } } };
    await refusal(() => stagingItems(bare, { osImage: true }), UsageError, 'USAGE');
  });

  it('are refused where what is asked for is nothing', async () => {
    const nothing = [
      { only: ['vmconfig'] },
      { only: ['amazon-ssm-agent'], providers: ['none'] },
      { only: ['vmconfig'], osImage: true },
    ];
    for (const selection of nothing)
      await refusal(() => stagingItems(manifest, selection), UsageError, 'USAGE');
  });

  it('are found in mirrors by key, version and file name', () => {
    const base = { url: 'http://mirror.example/m', fallsBack: false };
    const items = stagingItems(manifest, { osImage: true }, base);
    expect(items.flatMap(({ sources = [] }) => sources.map(({ url }) => url))).toEqual([
      'http://mirror.example/m/vmconfig/artifacts/amazon-ssm-agent/1.2.3/amazon-ssm-agent.deb',
      'http://mirror.example/m/vmconfig/artifacts/cni-plugins/1.2.3/cni-plugins-linux.tgz',
      'http://mirror.example/m/vmconfig/artifacts/kubelet/1.2.3/kubelet',
      'http://mirror.example/m/vmconfig/artifacts/os-image/20261115/debian-13.qcow2',
    ]);
    const [first] = stagingItems(manifest, {}, { ...base, fallsBack: true });
    expect(first?.sources?.map(({ url, isMirror }) => [new URL(url).host, isMirror])).toEqual([
      ['mirror.example', true],
      ['x.example', false],
    ]);
  });

  it('come from the bytes of a manifest as well', () => {
    expect(namesOf(parseManifest(renderManifest(manifest), 'm.json'))).toEqual(namesOf(manifest));
  });
});
