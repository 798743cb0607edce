import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkComplete,
  isStub,
  manifestFileName,
  parseManifest,
  renderManifest,
  stagedName,
  type Manifest,
} from '../../../src/formats/manifest.ts';
import { UsageError } from '../../../src/model/errors.ts';

const sha256 = `sha256:${'0123456789abcdef'.repeat(4)}` as const;
const sha512 = `sha512:${'fedcba9876543210'.repeat(8)}` as const;
const file = 'knc.debian-13.amd64.json';

/** Written by hand, key by key: the expected bytes. */
const sample = `{
  "vmconfig": {
    "version": "dev",
    "kind": "knc",
    "os": {
      "name": "debian-13",
      "arch": "amd64",
      "image": {
        "version": "20260512-2476",
        "url": "https://images.example/20260512-2476/debian-13-amd64.qcow2",
        "type": "qcow2",
        "digest": "${sha512}",
        "size": 341704704
      },
      "boot": {
        "cmdline": "root=PARTUUID=1 ro quiet a=\\u003cb\\u003e\\u0026c d=\\u2028 é \\"q\\"",
        "kernel": {
          "partition": 1,
          "path": "/boot/vmlinuz-6.12.86+deb13-cloud-amd64",
          "digest": "${sha256}"
        },
        "initrd": {
          "partition": 1,
          "path": "/boot/initrd.img-6.12.86+deb13-cloud-amd64",
          "digest": "${sha256}"
        }
      }
    },
    "dependencies": {
      "agent": {
        "version": "1.2.3",
        "url": "https://releases.example/v1.2.3/agent.tgz",
        "type": "tar.gz",
        "digest": "${sha512}",
        "size": 5953829,
        "providers": [
          "aws",
          "google"
        ]
      },
      "agent+": {
        "version": "1.35.5+k3s1",
        "url": "https://releases.example/v1.35.5%2Bk3s1/agent",
        "type": "binary",
        "digest": "${sha256}",
        "size": 1
      },
      "agent-2": {
        "version": "17.9-0+deb13u1~bpo1",
        "url": "https://deb.example/pool/a/agent_17.9-0+deb13u1~bpo1_amd64.deb",
        "type": "deb",
        "digest": "${sha256}",
        "size": 9007199254740991
      },
      "vmconfig": {
        "version": "dev",
        "url": "",
        "type": "tar.gz",
        "digest": "",
        "size": 0
      }
    },
    "images": [
      {
        "image": "registry.k8s.io/pause:3.10.2",
        "digest": "${sha256}",
        "size": 318043,
        "platform": "linux/amd64",
        "index": "${sha256}"
      }
    ]
  }
}
`;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (manifest: Manifest): string => new TextDecoder().decode(renderManifest(manifest));
const parsed = (): Manifest => parseManifest(bytes(sample), file);

interface Loose {
  [key: string]: Loose;
}

/** The sample with something changed that the types would not allow. */
function altered(change: (vmconfig: Loose) => void): Manifest {
  const value = JSON.parse(sample) as { vmconfig: Loose };
  change(value.vmconfig);
  return value as never;
}

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
  const onReading = refusal(() => parseManifest(bytes(JSON.stringify(manifest)), file));
  const onWriting = refusal(() => renderManifest(manifest));
  for (const error of [onReading, onWriting]) {
    const problems = error.context['problems'] as { path: string }[];
    expect(problems.map((problem) => problem.path)).toContain(path);
  }
  expect(onReading.message).toContain(file);
}

describe('a manifest’s bytes', () => {
  it('come out as they went in', () => {
    expect(text(parsed())).toBe(sample);
  });

  it('do not depend on the order of keys in memory', () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, inner]) => [key, reversed(inner)]),
      );
    };
    expect(text(reversed(parsed()) as Manifest)).toBe(sample);
  });

  it('leave out optional keys that are undefined', () => {
    const manifest = parsed();
    const { vmconfig } = manifest;
    const without = text({ vmconfig: { ...vmconfig, os: { name: 'debian-13', arch: 'amd64' }, images: [] } });
    expect(without).toContain('"arch": "amd64"\n    },');
    expect(without).toContain('"images": []\n');
    expect(without).not.toContain('null');
  });

  it('name vmconfig.kind in the first line that says "kind"', () => {
    const manifest = altered((vmconfig) => {
      vmconfig['dependencies']!['kind'] = vmconfig['dependencies']!['agent']!;
    });
    const line = text(manifest)
      .split('\n')
      .find((one) => one.includes('"kind"'));
    expect(line).toBe('    "kind": "knc",');
  });

  it('survive a round trip, whatever manifest they are of', () => {
    const key = fc.stringMatching(/^[a-z0-9][a-z0-9.+-]{0,8}$/).filter((name) => !/^[0-9]+$/.test(name));
    const digest = fc.constantFrom(sha256, sha512);
    const size = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    const dependency = fc.record(
      {
        version: fc.stringMatching(/^[0-9][A-Za-z0-9.+~_-]{0,10}$/),
        url: fc.stringMatching(
          /^https:\/\/[a-z]{1,5}\.example\/[a-z0-9]{1,3}\/[a-z0-9+~][a-z0-9+~._-]{0,8}$/,
        ),
        type: fc.constantFrom('binary', 'tar.gz') as fc.Arbitrary<'binary'>,
        digest,
        size,
        providers: fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9-]{0,4}$/), { minLength: 1, maxLength: 3 }),
      },
      { requiredKeys: ['version', 'url', 'type', 'digest', 'size'] },
    );
    const cmdline = fc.string({ unit: 'grapheme', minLength: 1 }).filter((line) => !/\p{Cc}/u.test(line));
    fc.assert(
      fc.property(fc.dictionary(key, dependency), cmdline, (dependencies, line) => {
        const manifest = parsed();
        manifest.vmconfig.dependencies = { ...dependencies };
        manifest.vmconfig.os.boot!.cmdline = line;
        const names = Object.entries(dependencies).map(([name, { type }]) => stagedName(name, type));
        fc.pre(new Set(names).size === names.length);
        const rendered = renderManifest(manifest);
        const again = parseManifest(rendered, file);
        expect(again).toEqual(manifest);
        expect(renderManifest(again)).toEqual(rendered);
        const order = Object.keys(again.vmconfig.dependencies);
        expect(order).toEqual([...order].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
      }),
    );
  });
});

describe('what is refused on reading and on writing', () => {
  it.each<[string, string, (vmconfig: Loose) => void]>([
    ...hostileStrings(
      'vmconfig.dependencies.agent.url',
      ['dependencies', 'agent', 'url'],
      [
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
    ),
    ...hostileStrings(
      'vmconfig.dependencies.agent.version',
      ['dependencies', 'agent', 'version'],
      [
        '',
        'v1.2.3',
        '1:4.17.4-2',
        '../1',
        '..',
        '.',
        '1/2',
        '1 2',
        '1\n2',
        '$(id)',
        "1'2",
        '-1',
        '1é',
        '1'.repeat(201),
      ],
    ),
    ...hostileStrings(
      'vmconfig.dependencies.agent.digest',
      ['dependencies', 'agent', 'digest'],
      [
        '',
        sha256.slice(0, -1),
        `${sha256}0`,
        sha256.toUpperCase(),
        sha256.replace('sha256', 'sha512'),
        `md5:${'0'.repeat(32)}`,
        '0123456789abcdef'.repeat(4),
        `${sha256}\n`,
      ],
    ),
    ...hostileStrings(
      'vmconfig.dependencies.agent.type',
      ['dependencies', 'agent', 'type'],
      ['', 'rpm', 'tgz', 'Deb'],
    ),
    ...hostileStrings('vmconfig.kind', ['kind'], ['', 'KNC', '1k', 'k.c', '../k', "k'"]),
    ...hostileStrings(
      'vmconfig.os.name',
      ['os', 'name'],
      ['', 'Debian', 'debian/13', '..', 'debian..13', '13'],
    ),
    ...hostileStrings('vmconfig.os.arch', ['os', 'arch'], ['', 'x86_64', 'AMD64']),
    ...hostileStrings('vmconfig.os.image.type', ['os', 'image', 'type'], ['binary', 'raw']),
    ...hostileStrings(
      'vmconfig.os.boot.cmdline',
      ['os', 'boot', 'cmdline'],
      ['', 'a\nb', 'a\u0000', '\u001b[2J'],
    ),
    ...hostileStrings(
      'vmconfig.os.boot.kernel.path',
      ['os', 'boot', 'kernel', 'path'],
      ['', 'boot/x', '/a b', '/', '/a//b'],
    ),
    ...hostileStrings(
      'vmconfig.images[0].image',
      ['images', '0', 'image'],
      [
        '',
        'pause',
        'registry.k8s.io/pause',
        `registry.k8s.io/pause:3.10.2@${sha256}`,
        'registry.k8s.io/../pause:3',
        'registry.k8s.io/pause:3.10.2\n',
        'https://registry.k8s.io/pause:3',
      ],
    ),
    ...hostileStrings(
      'vmconfig.images[0].platform',
      ['images', '0', 'platform'],
      ['', 'linux', 'linux/arm64', 'linux/amd64x'],
    ),
  ])('%s: %s', (path, _, change) => {
    expectRefused(altered(change), path);
  });

  function hostileStrings(
    path: string,
    keys: readonly string[],
    values: readonly string[],
  ): [string, string, (vmconfig: Loose) => void][] {
    return values.map((value) => [
      path,
      JSON.stringify(value).slice(0, 80),
      (vmconfig) => {
        let parent = vmconfig;
        for (const key of keys.slice(0, -1)) parent = parent[key]!;
        parent[keys.at(-1)!] = value as never;
      },
    ]);
  }

  it.each([0, -1, 1.5, 2 ** 53, '5', null, true, undefined])('a size of %s', (size) => {
    const manifest = altered((vmconfig) => {
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
      const manifest = altered((vmconfig) => {
        vmconfig['dependencies']![key] = vmconfig['dependencies']!['agent']!;
      });
      expect(refusal(() => parseManifest(bytes(JSON.stringify(manifest)), file)).message).toContain(
        'vmconfig.dependencies',
      );
      expect(refusal(() => renderManifest(manifest)).message).toContain('vmconfig.dependencies');
    },
  );

  it('two dependencies that are staged under one name', () => {
    const manifest = altered((vmconfig) => {
      const { agent, 'agent-2': deb } = vmconfig['dependencies']!;
      vmconfig['dependencies'] = { x: deb!, 'x.deb': { ...agent!, type: 'binary' as never } };
    });
    expectRefused(manifest, 'vmconfig.dependencies["x.deb"]');
  });

  it('a stub under another key than vmconfig, and half a stub', () => {
    expectRefused(
      altered((vmconfig) => {
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
      const manifest = altered((vmconfig) => {
        vmconfig['dependencies']!['vmconfig']![key] = value as never;
      });
      const error = refusal(() => renderManifest(manifest));
      expect(error.message).toContain('vmconfig.dependencies.vmconfig.');
    }
  });

  it('an image that is listed twice', () => {
    expectRefused(
      altered((vmconfig) => {
        vmconfig['images'] = [vmconfig['images']!['0'], vmconfig['images']!['0']] as never;
      }),
      'vmconfig.images[1].image',
    );
  });

  it('unknown keys, at every level, with a guess at what was meant', () => {
    const misspelt = altered((vmconfig) => {
      const agent = vmconfig['dependencies']!['agent']!;
      agent['disgest'] = agent['digest']!;
      delete agent['digest'];
    });
    const error = refusal(() => renderManifest(misspelt));
    expect(error.message).toContain('agent.disgest: is not a known key; did you mean "digest"?');
    expect(error.message).toContain('agent.digest: is missing');
    for (const path of [[], ['os'], ['os', 'image'], ['os', 'boot', 'initrd'], ['images', '0']]) {
      const manifest = altered((vmconfig) => {
        let parent = vmconfig;
        for (const key of path) parent = parent[key]!;
        parent['extra'] = 1 as never;
      });
      expect(refusal(() => renderManifest(manifest)).message).toContain('.extra: is not a known key');
    }
  });

  it.each(['version', 'kind', 'os', 'dependencies', 'images'])('a manifest without %s', (key) => {
    expectRefused(
      altered((vmconfig) => {
        // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- each key in turn
        delete vmconfig[key];
      }),
      `vmconfig.${key}`,
    );
  });

  it('null in place of a missing key, and empty or repeated providers', () => {
    for (const providers of [null, [], ['aws', 'aws'], ['AWS'], 'aws']) {
      const manifest = altered((vmconfig) => {
        vmconfig['dependencies']!['agent']!['providers'] = providers as never;
      });
      expect(refusal(() => renderManifest(manifest)).message).toContain('agent.providers');
    }
  });
});

describe('parseManifest', () => {
  it('names file, line and column of what is not JSON', () => {
    const error = refusal(() =>
      parseManifest(bytes(sample.replace('"kind": "knc",', '"kind": "knc"')), file),
    );
    expect(error.message).toContain(`${file}:5:5: expected "," or "}"`);
  });

  it('refuses a repeated key: programs differ in which one they take', () => {
    const twice = sample.replace('"size": 1\n', `"size": 1,\n        "digest": "${sha256}"\n`);
    expect(refusal(() => parseManifest(bytes(twice), file)).message).toContain(
      'the key "digest" is repeated',
    );
  });

  it('refuses a file in which another "kind" comes first', () => {
    const value = JSON.parse(sample) as { vmconfig: Record<string, unknown> };
    const { dependencies, ...rest } = value.vmconfig as { dependencies: Record<string, unknown> };
    const hostile = { vmconfig: { dependencies: { kind: dependencies['agent'], ...dependencies }, ...rest } };
    expect(refusal(() => parseManifest(bytes(JSON.stringify(hostile, null, 2)), file)).message).toContain(
      'vmconfig.kind',
    );
    const asValue = sample.replace('"version": "dev",\n    "kind"', '"version": "kind",\n    "kind"');
    expect(refusal(() => parseManifest(bytes(asValue), file)).message).toContain('vmconfig.kind');
  });

  it('refuses what is too large before it reads it', () => {
    const huge = new Uint8Array(257 * 1024).fill(0x20);
    expect(refusal(() => parseManifest(huge, file)).message).toContain('the limit');
  });

  it.each(['', '[]', 'null', '"x"', '{}', '{"vmconfig": []}', '\ufeff{}'])('refuses %j', (input) => {
    refusal(() => parseManifest(bytes(input), file));
  });

  it('finds no dependency by the names of Object’s own', () => {
    const { dependencies } = parsed().vmconfig;
    for (const name of ['constructor', 'toString', '__proto__']) expect(dependencies[name]).toBeUndefined();
  });

  it('refuses, never crashes, when bytes of a good manifest are changed', () => {
    const good = bytes(sample);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const changed = Uint8Array.from(good);
        changed[at] = byte;
        try {
          const manifest = parseManifest(changed, file);
          expect(parseManifest(renderManifest(manifest), file)).toEqual(manifest);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('checkComplete', () => {
  it('accepts the sample', () => {
    expect(() => {
      checkComplete(parsed(), file);
    }).not.toThrow();
  });

  it.each<[string, (manifest: Manifest) => void]>([
    ['vmconfig.os.image', ({ vmconfig }) => delete vmconfig.os.image],
    ['vmconfig.images', ({ vmconfig }) => (vmconfig.images = [])],
    ['vmconfig.images', ({ vmconfig }) => (vmconfig.images[0]!.image = 'registry.example/pause:3.10.2')],
    [
      'vmconfig.images',
      ({ vmconfig }) => vmconfig.images.push({ ...vmconfig.images[0]!, image: 'registry.k8s.io/pause:4' }),
    ],
    ['vmconfig.dependencies', ({ vmconfig }) => (vmconfig.dependencies = {})],
  ])('wants %s', (path, change) => {
    const manifest = parsed();
    change(manifest);
    // Still a manifest, only not a complete one.
    expect(() => renderManifest(manifest)).not.toThrow();
    expect(
      refusal(() => {
        checkComplete(manifest, file);
      }).message,
    ).toContain(path);
  });
});

describe('names', () => {
  it('of manifests and staged files', () => {
    expect(manifestFileName('knc', 'debian-13', 'arm64')).toBe('knc.debian-13.arm64.json');
    expect(stagedName('runc', 'binary')).toBe('runc');
    expect(stagedName('libpq5', 'deb')).toBe('libpq5.deb');
    expect(stagedName('cni-plugins', 'tar.gz')).toBe('cni-plugins.tar.gz');
    expect(stagedName('appliance', 'qcow2')).toBe('appliance.qcow2');
  });

  it('tell a stub from what is resolved', () => {
    const { vmconfig, agent } = parsed().vmconfig.dependencies;
    expect(isStub(vmconfig!)).toBe(true);
    expect(isStub(agent!)).toBe(false);
  });
});
