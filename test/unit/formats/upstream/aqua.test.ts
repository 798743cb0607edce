/** aqua's registry: which rule holds for a version and a platform, and what its names are. */
import { describe, expect, it } from 'vitest';
import { constraintHolds } from '../../../../src/formats/upstream/aqua/constraint.ts';
import {
  isSupported,
  parseAquaRegistry,
  parseCurrentVersion,
  ruleFor,
} from '../../../../src/formats/upstream/aqua/registry.ts';
import { fillGoTemplate, versionMark } from '../../../../src/formats/upstream/aqua/template.ts';
import { UsageError } from '../../../../src/model/errors.ts';
import { refusal } from '../../../support/refusals.ts';

describe('a condition on the version', () => {
  it.each<[string, string, boolean]>([
    ['true', 'v1.0.0', true],
    ['false', 'v1.0.0', false],
    ['semver("<= 1.2.3")', 'v1.2.3', true],
    ['semver("<= 1.2.3")', 'v1.2.4', false],
    ['semver("> 1.2, < 2")', '1.10.0', true],
    ['semver("> 1.2, < 2")', '2.0', false],
    ['semver(">= 1.0.0")', 'v1.0.0-rc.1', false],
    ['semver(">= 1.0.0-rc.2")', 'v1.0.0-rc.10', true],
    ['semver("!= 1.0.0")', 'v1', false],
    ['semver("= 1.0.0")', 'v1.0.0+build', true],
    ['semver("< 1")', 'nightly', false],
    ['semver("~> 1.0")', 'v1.0.1', false],
    ['Version == "v1.0.0"', 'v1.0.0', true],
    ['Version != "v1.0.0"', 'v1.0.0', false],
    ['Version in ["v1", "v2"]', 'v2', true],
    ['Version not in ["v1", "v2"]', 'v2', false],
    ['Version startsWith "v" and not (Version endsWith "x")', 'v2', true],
    ['semver("< 1") or Version == "v2"', 'v2', true],
    ["semver('< 1') || Version contains '2'", 'v2', true],
    ['!(Version == "v2")', 'v2', false],
    ['semverWithVersion(">= 0.6.0", trimPrefix(Version, "cli-"))', 'cli-0.7.0', true],
    ['Version matches "v.*"', 'v2', false],
    ['Version ==', 'v2', false],
    ['Version == "v2" Version', 'v2', false],
    ['[', 'v2', false],
    ['@', 'v2', false],
    ['"x" in __proto__', 'v2', false],
    ['constructor == constructor', 'v2', false],
    ['('.repeat(4000), 'v2', false],
    [`${'!'.repeat(3000)}true`, 'v2', false],
  ])('%s of %s is %s', (source, version, holds) => {
    expect(constraintHolds(source, version, version)).toBe(holds);
  });
});

describe('a name', () => {
  const fields = { Version: `v${versionMark}`, Arch: 'x86_64', Asset: 'tool.tar.gz', Empty: '' };
  it.each([
    ['tool_{{trimV .Version}}_{{.Arch}}', `tool_${versionMark}_x86_64`],
    ['{{ .Version | trimV }}', versionMark],
    ['{{.Asset | trimSuffix ".gz"}}', 'tool.tar'],
    ['{{trimPrefix "v" .Version}}', versionMark],
    ['{{replace "x86_64" "amd64" .Arch}}', 'amd64'],
    ['{{trimV (trimPrefix "x" .Version)}}', versionMark],
    ['{{title .Arch}}{{upper "a"}}', 'X86_64A'],
    ['plain', 'plain'],
  ])('%s is filled', (source, text) => {
    expect(fillGoTemplate(source, fields)).toEqual({ text });
  });

  it.each([
    '{{if eq .Arch "x"}}a{{end}}',
    '{{.Unknown}}',
    '{{replace "." "" .Version}}',
    '{{(semver .Version).Major}}',
    '{{constructor .Arch}}',
    '{{.Arch | regexFind "(a+)+$"}}',
    '{{.Arch | regexFind "["}}',
    `{{"a" | ${Array(10)
      .fill(`replace "" "${'a'.repeat(45)}"`)
      .join(' | ')}}}`,
    '{{.Version | regexFind "x*"}}',
    `{{"${'a'.repeat(200)}" | regexFind "${'.*'.repeat(19)}b"}}`,
  ])('%s is not understood', (source) => {
    expect(fillGoTemplate(source, fields)).toHaveProperty('unknown');
  });
});

it('a name that does not end comes to an end', () => {
  const source = `{{${' '.repeat(3900)}`;
  expect(fillGoTemplate(source, {})).toEqual({ text: source });
});

describe('a registry', () => {
  const registry = (yaml: string) => parseAquaRegistry(Buffer.from(yaml), 'registry.yaml');

  it('has a rule for the version and the platform', () => {
    const [one] = registry(`
packages:
  - repo_owner: o
    repo_name: tool
    type: github_release
    version_constraint: "false"
    version_overrides:
      - version_constraint: semver("< 2")
        asset: old
      - version_constraint: "true"
        asset: tool_{{.Arch}}.{{.Format}}
        format: tar.gz
        replacements: { amd64: x64 }
        checksum: { type: github_release, asset: SHA256SUMS, algorithm: sha256 }
        supported_envs: [linux, darwin]
        overrides:
          - goos: windows
            format: zip
          - goarch: arm64
            replacements: { arm64: aarch64 }
            checksum: { enabled: false }
`);
    expect(ruleFor(one!, '1.9.0', 'amd64').asset).toBe('old');
    const amd64 = ruleFor(one!, '2.0.0', 'amd64');
    expect(amd64).toMatchObject({
      format: 'tar.gz',
      replacements: { amd64: 'x64' },
      checksum: { asset: 'SHA256SUMS' },
    });
    const arm64 = ruleFor(one!, '2.0.0', 'arm64');
    expect(arm64).toMatchObject({
      replacements: { amd64: 'x64', arm64: 'aarch64' },
      checksum: { enabled: false },
    });
    expect(isSupported(amd64, 'amd64')).toBe(true);
    expect(isSupported({ ...amd64, supported_envs: ['darwin'] }, 'amd64')).toBe(false);
  });

  it('names the current version', () => {
    const current = (yaml: string) => parseCurrentVersion(Buffer.from(`packages:\n${yaml}`), 'pkg.yaml');
    expect(current('  - name: o/tool@v1.0.0\n  - name: o/tool\n    version: v0.1\n')).toBe('v1.0.0');
    expect(current('  - name: o/tool\n    version: 0.10\n')).toBe('0.10');
    expect(current('  - name: o/tool\n')).toBeUndefined();
  });

  it.each([
    ['is no list', 'packages: x'],
    ['is no YAML', 'packages: [\n'],
    ['has a text that no name is', `packages: [{ asset: ${'a'.repeat(4001)} }]`],
    ['is of another type', 'packages: [{ type: { a: 1 } }]'],
    [
      'repeats itself without end',
      `a: &a [x]\n${Array.from({ length: 9 }, (_, i) => `${'bcdefghijk'[i]!}: &${'bcdefghijk'[i]!} [${Array(9).fill(`*${'abcdefghij'[i]!}`).join(',')}]`).join('\n')}\npackages: *j`,
    ],
  ])('is refused where it %s', async (_, yaml) => {
    await refusal(() => registry(yaml), UsageError, 'USAGE');
  });
});
