import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseManifest, renderManifest } from '../../../src/formats/own/manifest.ts';
import type { Digest } from '../../../src/model/digest.ts';
import { renderInstallPlan } from '../../../src/render/install-plan.ts';
import { hasProgram } from '../../support/posix-shells.ts';
import {
  alteredManifest,
  bytesOf,
  manifestText,
  sampleManifest,
  sha256,
  sha512,
} from '../../support/manifest-sample.ts';

const digestOf = (bytes: Uint8Array): Digest => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const manifestDigest = digestOf(bytesOf(manifestText));

/** Written by hand: the expected bytes. */
const golden = `#!/usr/bin/env bash
# Install plan of a vmconfig manifest, written by assay. Do not edit: the manifest is what counts.
VMCONFIG_MANIFEST_JSON_SHA256=${manifestDigest.slice('sha256:'.length)}
VMCONFIG_KIND='knc'
VMCONFIG_URL=''
VMCONFIG_DIGEST=''

VMCONFIG_DEPENDENCIES_ALL=(
  'agent\ttar.gz\t${sha512}'
  'agent+\tbinary\t${sha256}'
  'agent-2\tdeb\t${sha256}'
  'vmconfig\ttar.gz\t'
)

VMCONFIG_DEPENDENCIES_DEB=(
  'agent-2'
)

VMCONFIG_DEPENDENCIES_TAR_GZ=(
  'agent'
  'vmconfig'
)

VMCONFIG_DEPENDENCIES_BINARY=(
  'agent+'
)
`;

/** Sources the plan and prints what its variables hold, each element after a NUL. */
function sourced(plan: string, variable: string): string[] {
  const { stdout, stderr, status } = spawnSync('bash', [
    '-c',
    `eval "$0"; printf '%s\\0' "\${${variable}[@]}"`,
    plan,
  ]);
  expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' });
  return String(stdout).split('\0').slice(0, -1);
}

describe('renderInstallPlan', () => {
  it('is this, byte for byte', () => {
    expect(renderInstallPlan(sampleManifest(), manifestDigest)).toBe(golden);
  });

  it('has the digest of the manifest on a line of hex alone: consumers look for it before they source anything', () => {
    expect(renderInstallPlan(sampleManifest(), manifestDigest)).toMatch(
      /^VMCONFIG_MANIFEST_JSON_SHA256=[0-9a-f]{64}$/m,
    );
  });

  it('names the vmconfig tarball once there is one', () => {
    const released = alteredManifest((vmconfig) => {
      const tarball = { version: '1.0.0', url: 'https://releases.example/v1/vmconfig.tgz', type: 'tar.gz' };
      vmconfig['dependencies']!['vmconfig'] = { ...tarball, digest: sha512, size: 7 } as never;
    });
    const bytes = renderManifest(released);
    const plan = renderInstallPlan(parseManifest(bytes, 'released'), digestOf(bytes));
    expect(plan).toContain(
      `\nVMCONFIG_URL='https://releases.example/v1/vmconfig.tgz'\nVMCONFIG_DIGEST='${sha512}'\n`,
    );
    expect(plan).toContain(`\n  'vmconfig\ttar.gz\t${sha512}'\n)`);
    expect(plan).toContain("VMCONFIG_DEPENDENCIES_TAR_GZ=(\n  'agent'\n  'vmconfig'\n)");
  });

  it('is read by bash as what the manifest says', ({ skip }) => {
    skip(!hasProgram('bash', '--version'), 'bash is not installed');
    const plan = renderInstallPlan(sampleManifest(), manifestDigest);
    expect(sourced(plan, 'VMCONFIG_DEPENDENCIES_ALL').map((line) => line.split('\t'))).toEqual([
      ['agent', 'tar.gz', sha512],
      ['agent+', 'binary', sha256],
      ['agent-2', 'deb', sha256],
      ['vmconfig', 'tar.gz', ''],
    ]);
    expect(sourced(plan, 'VMCONFIG_DEPENDENCIES_DEB')).toEqual(['agent-2']);
    expect(sourced(plan, 'VMCONFIG_KIND')).toEqual(['knc']);
  });

  it('runs nothing of a manifest that no schema has seen', ({ skip }) => {
    skip(!hasProgram('bash', '--version'), 'bash is not installed');
    const keys = [
      "'; exit 9; '",
      '$(exit 9)',
      '`exit 9`',
      '"; exit 9; "',
      ')\nexit 9\n(',
      '-o',
      '../x',
      'a b',
    ];
    const hostile = alteredManifest((vmconfig) => {
      vmconfig['kind'] = "k'$(exit 9)" as never;
      const entry = { version: '1', url: 'file:///etc/passwd', type: 'deb', digest: sha256, size: 1 };
      vmconfig['dependencies'] = Object.fromEntries(keys.map((key) => [key, entry])) as never;
    });
    const plan = renderInstallPlan(hostile, manifestDigest);
    expect(sourced(plan, 'VMCONFIG_DEPENDENCIES_DEB')).toEqual(keys);
    expect(sourced(plan, 'VMCONFIG_KIND')).toEqual(["k'$(exit 9)"]);
  });

  it('holds no NUL', () => {
    const hostile = alteredManifest((vmconfig) => (vmconfig['kind'] = 'a\0b' as never));
    expect(() => renderInstallPlan(hostile, manifestDigest)).toThrow(
      expect.objectContaining({ code: 'USAGE' }),
    );
  });
});

describe('the schema', () => {
  const entry = { version: '1', url: 'https://deb.example/a', type: 'deb', digest: sha256, size: 1 };
  const parse = (key: string, change: object) => {
    const altered = alteredManifest((vmconfig) => {
      vmconfig['dependencies'] = { [key]: { ...entry, ...change } } as never;
    });
    return parseManifest(bytesOf(JSON.stringify(altered, null, 2)), 'hostile');
  };

  it('takes what is none of these', () => {
    expect(parse('a', {}).vmconfig.dependencies).toHaveProperty('a');
  });

  it.each<[string, string, object]>([
    ...['a"b', "a'b", '$(a)', '`a`', 'a\nb', 'a\0b', 'a b', '../a', '-o', ''].map(
      (key): [string, string, object] => [`the key ${JSON.stringify(key)}`, key, {}],
    ),
    ...[`sha256:${'A'.repeat(64)}`, 'sha256:00', `md5:${'0'.repeat(32)}`, `sha256:${'0'.repeat(63)}$`].map(
      (digest): [string, string, object] => [`the digest ${digest}`, 'a', { digest }],
    ),
    ...[
      ...['file:///etc/passwd', 'http://deb.example/a', 'https://deb.example/a?b', 'https://deb.example/a#b'],
      ...[
        'https://deb.example/$(a)',
        'https://deb.example/`a`',
        "https://deb.example/'",
        'https://deb.example/"',
      ],
      ...[
        'https://deb.example/a b',
        'https://deb.example/a\nb',
        'https://deb.example/a\0',
        'https://a@deb.example/a',
      ],
    ].map((url): [string, string, object] => [`the URL ${JSON.stringify(url)}`, 'a', { url }]),
  ])('refuses %s', (_, key, change) => {
    expect(() => parse(key, change)).toThrow(expect.objectContaining({ code: 'MANIFEST_INVALID' }));
  });
});
