import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  manifestFileName,
  parseManifest,
  renderManifest,
  type Manifest,
} from '../../../../src/formats/own/manifest.ts';
import { isStub } from '../../../../src/formats/own/manifest-schema.ts';
import { stagedName } from '../../../../src/formats/own/vm-paths.ts';
import { UsageError } from '../../../../src/model/errors.ts';
import {
  alteredManifest,
  bytesOf,
  manifestFile,
  manifestText,
  sampleManifest,
  sha256,
  sha512,
} from '../../../support/manifest-sample.ts';

const text = (manifest: Manifest): string => new TextDecoder().decode(renderManifest(manifest));

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

describe('a manifest’s bytes', () => {
  it('come out as they went in', () => {
    expect(text(sampleManifest())).toBe(manifestText);
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
    expect(text(reversed(sampleManifest()) as Manifest)).toBe(manifestText);
  });

  it('leave out optional keys that are undefined', () => {
    const manifest = sampleManifest();
    const { vmconfig } = manifest;
    const without = text({ vmconfig: { ...vmconfig, os: { name: 'debian-13', arch: 'amd64' }, images: [] } });
    expect(without).toContain('"arch": "amd64"\n    },');
    expect(without).toContain('"images": []\n');
    expect(without).not.toContain('null');
  });

  it('never hold half of a surrogate pair, which Go would replace', () => {
    const manifest = sampleManifest();
    manifest.vmconfig.os.boot!.cmdline = 'a\ud800';
    expect(refusal(() => renderManifest(manifest)).message).toContain('vmconfig.os.boot.cmdline');
  });

  it('name vmconfig.kind in the first line that says "kind"', () => {
    const manifest = alteredManifest((vmconfig) => {
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
        const manifest = sampleManifest();
        manifest.vmconfig.dependencies = { ...dependencies };
        manifest.vmconfig.os.boot!.cmdline = line;
        const names = Object.entries(dependencies).map(([name, { type }]) => stagedName(name, type));
        fc.pre(new Set(names).size === names.length);
        const rendered = renderManifest(manifest);
        const again = parseManifest(rendered, manifestFile);
        expect(again).toEqual(manifest);
        expect(renderManifest(again)).toEqual(rendered);
        const order = Object.keys(again.vmconfig.dependencies);
        expect(order).toEqual([...order].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
      }),
    );
  });
});

describe('parseManifest', () => {
  it('names file, line and column of what is not JSON', () => {
    const error = refusal(() =>
      parseManifest(bytesOf(manifestText.replace('"kind": "knc",', '"kind": "knc"')), manifestFile),
    );
    expect(error.message).toContain(`${manifestFile}:5:5: expected "," or "}"`);
  });

  it('refuses a repeated key: programs differ in which one they take', () => {
    const twice = manifestText.replace('"size": 1\n', `"size": 1,\n        "digest": "${sha256}"\n`);
    expect(refusal(() => parseManifest(bytesOf(twice), manifestFile)).message).toContain(
      'the key "digest" is repeated',
    );
  });

  it('refuses a file in which another "kind" comes first', () => {
    const value = JSON.parse(manifestText) as { vmconfig: Record<string, unknown> };
    const { dependencies, ...rest } = value.vmconfig as { dependencies: Record<string, unknown> };
    const hostile = { vmconfig: { dependencies: { kind: dependencies['agent'], ...dependencies }, ...rest } };
    expect(
      refusal(() => parseManifest(bytesOf(JSON.stringify(hostile, null, 2)), manifestFile)).message,
    ).toContain('vmconfig.kind');
    const asValue = manifestText.replace('"version": "dev",\n    "kind"', '"version": "kind",\n    "kind"');
    expect(refusal(() => parseManifest(bytesOf(asValue), manifestFile)).message).toContain('vmconfig.kind');
  });

  it('refuses what is too large before it reads it', () => {
    const huge = new Uint8Array((16 << 20) + 1).fill(0x20);
    expect(refusal(() => parseManifest(huge, manifestFile)).message).toContain('the limit');
  });

  it.each(['', '[]', 'null', '"x"', '{}', '{"vmconfig": []}', '\ufeff{}'])('refuses %j', (input) => {
    refusal(() => parseManifest(bytesOf(input), manifestFile));
  });

  it('finds no dependency by the names of Object’s own', () => {
    const { dependencies } = sampleManifest().vmconfig;
    for (const name of ['constructor', 'toString', '__proto__']) expect(dependencies[name]).toBeUndefined();
  });

  it('refuses, never crashes, when bytes of a good manifest are changed', () => {
    const good = bytesOf(manifestText);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const changed = Uint8Array.from(good);
        changed[at] = byte;
        try {
          const manifest = parseManifest(changed, manifestFile);
          expect(parseManifest(renderManifest(manifest), manifestFile)).toEqual(manifest);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
        }
      }),
      { numRuns: 300 },
    );
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
    const { vmconfig, agent } = sampleManifest().vmconfig.dependencies;
    expect(isStub(vmconfig!)).toBe(true);
    expect(isStub(agent!)).toBe(false);
  });
});
