import { describe, expect, it } from 'vitest';
import { parseManifest, renderManifest, type Manifest } from '../../../../src/formats/own/manifest.ts';
import { archiveTypes } from '../../../../src/model/artifact.ts';
import { UsageError } from '../../../../src/model/errors.ts';
import { alteredManifest, bytesOf, manifestFile, sha256 } from '../../../support/manifest-sample.ts';

/** The error that `run` must throw. */
function refusal(run: () => unknown): UsageError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).code).toBe('MANIFEST_INVALID');
    return error as UsageError;
  }
  throw new Error('was not refused');
}

/** Refused on reading and on writing alike, each with the path of the field. */
function expectRefused(manifest: Manifest, path: string): void {
  const onReading = refusal(() => parseManifest(bytesOf(JSON.stringify(manifest)), manifestFile));
  const onWriting = refusal(() => renderManifest(manifest));
  for (const error of [onReading, onWriting]) {
    const problems = error.context['problems'] as { path: string }[];
    expect(problems.map((problem) => problem.path)).toContain(path);
  }
  expect(onReading.message).toContain(manifestFile);
}

describe('what is refused on reading and on writing', () => {
  const hostile: Readonly<Record<string, readonly string[]>> = {
    'dependencies.agent.url': [
      '',
      'http://releases.example/agent',
      'https://releases.example/agent?token=1',
      'https://releases.example/agent#x',
      'https://user:secret@releases.example/agent',
      'https://releases.example/',
      'https://releases.example/a/',
      'https://releases.example/../agent',
      'https://releases.example/$(reboot)',
      'https://releases.example/a"; reboot; "',
      'https://releases.example/a\nb',
      'file:///etc/passwd',
    ],
    'dependencies.agent.version': [
      ...['', 'v1.2.3', '1:4.17.4-2', '../1', '..', '.', '1/2', '1 2', '1\n2', '$(id)', "1'2", '-1', '1é'],
      '1'.repeat(201),
    ],
    'dependencies.agent.digest': [
      '',
      sha256.slice(0, -1),
      `${sha256}0`,
      sha256.toUpperCase(),
      sha256.replace('sha256', 'sha512'),
      `md5:${'0'.repeat(32)}`,
      '0123456789abcdef'.repeat(4),
      `${sha256}\n`,
    ],
    'dependencies.agent.type': ['', 'rpm', 'tgz', 'Deb'],
    kind: ['', 'KNC', '1k', 'k.c', '../k', "k'"],
    'os.name': ['', 'Debian', 'debian/13', '..', 'debian..13', '13'],
    'os.arch': ['', 'x86_64', 'AMD64'],
    'os.image.type': ['binary', 'raw'],
    'os.boot.cmdline': ['', 'a\nb', 'a\u0000', '\u001b[2J'],
    'os.boot.kernel.path': ['', 'boot/x', '/a b', '/', '/a//b'],
    'images.0.image': [
      '',
      'pause',
      'registry.k8s.io/pause',
      `registry.k8s.io/pause:3.10.2@${sha256}`,
      'registry.k8s.io/../pause:3',
      'registry.k8s.io/pause:3.10.2\n',
      'https://registry.k8s.io/pause:3',
    ],
    'images.0.platform': ['', 'linux', 'linux/arm64', 'linux/amd64x'],
  };
  const cases = Object.entries(hostile).flatMap(([path, values]) => values.map((value) => ({ path, value })));

  it.each(cases)('$path: $value', ({ path, value }) => {
    const steps = path.split('.');
    const manifest = alteredManifest((vmconfig) => {
      const parent = steps.slice(0, -1).reduce((object, step) => object[step]!, vmconfig);
      parent[steps.at(-1)!] = value as never;
    });
    expectRefused(manifest, `vmconfig.${path.replace('.0.', '[0].')}`);
  });

  it.each([0, -1, 1.5, 2 ** 53, '5', null, true, undefined])('a size of %s', (size) => {
    const manifest = alteredManifest((vmconfig) => {
      vmconfig['dependencies']!['agent']!['size'] = size as never;
    });
    if (size === 2 ** 53) {
      expect(refusal(() => renderManifest(manifest)).message).toContain('vmconfig.dependencies.agent.size');
    } else {
      expectRefused(manifest, 'vmconfig.dependencies.agent.size');
    }
  });

  it.each(['', '-a', '.a', '..', '../a', 'a/b', 'A', 'a b', 'a\n', "a'", 'a$', 'é', '1', '42'])(
    'a dependency with the key %j',
    (key) => {
      const manifest = alteredManifest((vmconfig) => {
        vmconfig['dependencies']![key] = vmconfig['dependencies']!['agent']!;
      });
      expect(refusal(() => parseManifest(bytesOf(JSON.stringify(manifest)), manifestFile)).message).toContain(
        'vmconfig.dependencies',
      );
      expect(refusal(() => renderManifest(manifest)).message).toContain('vmconfig.dependencies');
    },
  );

  it('two dependencies that are staged under one name', () => {
    const manifest = alteredManifest((vmconfig) => {
      const { agent, 'agent-2': deb } = vmconfig['dependencies']!;
      vmconfig['dependencies'] = { x: deb!, 'x.deb': { ...agent!, type: 'binary' as never } };
    });
    expectRefused(manifest, 'vmconfig.dependencies["x.deb"]');
  });

  it.each([
    ['os-image', 'qcow2', '.os-image'],
    ['os-image', 'binary', '.os-image'],
    ['os-image.qcow2', 'binary', '["os-image.qcow2"]'],
  ])('a dependency that would be taken for the OS image: %s of type %s', (key, type, field) => {
    const manifest = alteredManifest((vmconfig) => {
      const { agent } = vmconfig['dependencies']!;
      vmconfig['dependencies'] = { [key]: { ...agent!, type: type as never } };
    });
    expectRefused(manifest, `vmconfig.dependencies${field}`);
  });

  it.each(['helm-chart', ...archiveTypes])('a %s beside vmconfig, whose script cannot install it', (type) => {
    const manifest = alteredManifest((vmconfig) => {
      vmconfig['dependencies']!['agent']!['type'] = type as never;
    });
    expectRefused(manifest, 'vmconfig.dependencies.agent.type');
    const alone = alteredManifest((vmconfig) => {
      vmconfig['dependencies']!['agent']!['type'] = type as never;
      delete vmconfig['dependencies']!['vmconfig'];
    });
    expect(renderManifest(alone)).toBeDefined();
  });

  it('a stub under another key than vmconfig, and half a stub', () => {
    expectRefused(
      alteredManifest((vmconfig) => {
        vmconfig['dependencies']!['agent'] = vmconfig['dependencies']!['vmconfig']!;
      }),
      'vmconfig.dependencies.agent',
    );
    for (const [key, value] of [
      ['version', '1.0'],
      ['size', 5],
      ['digest', sha256],
      ['url', 'https://a.example/b'],
      ['type', 'deb'],
    ] as const) {
      const manifest = alteredManifest((vmconfig) => {
        vmconfig['dependencies']!['vmconfig']![key] = value as never;
      });
      const error = refusal(() => renderManifest(manifest));
      expect(error.message).toContain('vmconfig.dependencies.vmconfig.');
    }
  });

  it('an image that is listed twice', () => {
    expectRefused(
      alteredManifest((vmconfig) => {
        vmconfig['images'] = [vmconfig['images']!['0'], vmconfig['images']!['0']] as never;
      }),
      'vmconfig.images[1].image',
    );
  });

  it('unknown keys, at every level, with a guess at what was meant', () => {
    const misspelt = alteredManifest((vmconfig) => {
      const agent = vmconfig['dependencies']!['agent']!;
      agent['disgest'] = agent['digest']!;
      delete agent['digest'];
    });
    const error = refusal(() => renderManifest(misspelt));
    expect(error.message).toContain('agent.disgest: is not a known key; did you mean "digest"?');
    expect(error.message).toContain('agent.digest: is missing');
    for (const path of [[], ['os'], ['os', 'image'], ['os', 'boot', 'initrd'], ['images', '0']]) {
      const manifest = alteredManifest((vmconfig) => {
        let parent = vmconfig;
        for (const key of path) parent = parent[key]!;
        parent['extra'] = 1 as never;
      });
      expect(refusal(() => renderManifest(manifest)).message).toContain('.extra: is not a known key');
    }
  });

  it.each(['version', 'kind', 'os', 'dependencies', 'images'])('a manifest without %s', (key) => {
    expectRefused(
      alteredManifest((vmconfig) => {
        // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- each key in turn
        delete vmconfig[key];
      }),
      `vmconfig.${key}`,
    );
  });

  it('null in place of a missing key, and empty or repeated providers', () => {
    for (const providers of [null, [], ['aws', 'aws'], ['AWS'], 'aws']) {
      const manifest = alteredManifest((vmconfig) => {
        vmconfig['dependencies']!['agent']!['providers'] = providers as never;
      });
      expect(refusal(() => renderManifest(manifest)).message).toContain('agent.providers');
    }
  });
});
