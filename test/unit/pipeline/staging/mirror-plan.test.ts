import { describe, expect, it } from 'vitest';
import { renderManifest, type Manifest } from '../../../../src/formats/own/manifest.ts';
import { planMirror, type MirrorSource } from '../../../../src/pipeline/staging/mirror-plan.ts';
import { sampleManifest, sha256, sha512 } from '../../../support/manifest-sample.ts';

function source(
  change: (manifest: Manifest['vmconfig']) => void = () => undefined,
  file = 'a.json',
): MirrorSource {
  const manifest = structuredClone({ ...sampleManifest() });
  change(manifest.vmconfig);
  return { file, manifest, bytes: renderManifest(manifest) };
}

const plan = (sources: readonly MirrorSource[], withOsImage = true) => planMirror(sources, { withOsImage });
const paths = (sources: readonly MirrorSource[], withOsImage = true) =>
  plan(sources, withOsImage).files.map(({ name }) => name);
const refusal = (code: string, exitCode: number) => expect.objectContaining({ code, exitCode }) as Error;

const image = 'vmconfig/artifacts/os-image/20260512-2476/debian-13-amd64.qcow2';
const files = [
  'vmconfig/artifacts/agent/1.2.3/agent.tgz',
  // As a server finds it that is asked for `agent`, whatever is encoded on the way.
  'vmconfig/artifacts/agent+/1.35.5+k3s1/agent',
  'vmconfig/artifacts/agent-2/17.9-0+deb13u1~bpo1/agent_17.9-0+deb13u1~bpo1_amd64.deb',
];

describe('the plan of a mirror', () => {
  it('has the layout that consumers look for; a stub is nothing to be mirrored', () => {
    const one = source();
    const { manifests } = plan([one]);
    expect(paths([one])).toEqual([image, ...files]);
    expect(manifests).toMatchObject([
      { path: 'manifests/vmconfig_knc_debian-13_amd64.json', bytes: one.bytes, needs: [image, ...files] },
    ]);
    expect(paths([one], false)).toEqual(files);
  });

  it('names a file once that several manifests share', () => {
    const other = source((vmconfig) => {
      vmconfig.kind = 'knd';
      delete vmconfig.dependencies['agent-2'];
    }, 'b.json');
    const { files: all, manifests } = plan([source(), other]);
    expect(all).toHaveLength(4);
    expect(manifests.map(({ path, needs }) => [path, needs.length])).toEqual([
      ['manifests/vmconfig_knc_debian-13_amd64.json', 4],
      ['manifests/vmconfig_knd_debian-13_amd64.json', 3],
    ]);
  });

  it('takes the same manifest twice for one', () => {
    expect(plan([source(), source()]).manifests).toHaveLength(1);
  });

  it('decodes the last segment of a URL', () => {
    const encoded = source(({ dependencies }) => {
      dependencies['agent']!.url = 'https://releases.example/v1/agent%2Bx%7E1';
    });
    expect(paths([encoded])).toContain('vmconfig/artifacts/agent/1.2.3/agent+x~1');
  });

  it.each([
    ['another digest', { digest: sha256 }],
    ['another size', { size: 7 }],
  ])('refuses %s under one path', (_, change) => {
    const other = source((vmconfig) => {
      vmconfig.kind = 'knd';
      Object.assign(vmconfig.dependencies['agent']!, change);
    }, 'b.json');
    expect(() => plan([source(), other])).toThrow(refusal('ARTIFACT_MUTATED', 6));
    expect(() => plan([other, source()])).toThrow(/b\.json/);
  });

  it('refuses two manifests of one name', () => {
    const other = source((vmconfig) => {
      vmconfig.version = '1.0';
    }, 'b.json');
    expect(() => plan([source(), other])).toThrow(refusal('MANIFEST_INVALID', 2));
  });

  it.each(['%2Fetc', '%2e%2e', '..', '.hidden', '-rf', 'a%20b', 'a%5Cb', 'a%25b'])(
    'refuses a file called %s',
    (name) => {
      const odd = source();
      odd.manifest.vmconfig.dependencies['agent']!.url = `https://releases.example/${name}`;
      expect(() => plan([odd])).toThrow(refusal('MANIFEST_INVALID', 2));
    },
  );

  it('knows one content under two paths by its digest', () => {
    const twice = source(({ dependencies }) => {
      const { digest, size } = dependencies['agent']!;
      Object.assign(dependencies['agent+']!, { digest, size });
    });
    expect(plan([twice], false).files.filter(({ digest }) => digest === sha512)).toHaveLength(2);
  });
});
