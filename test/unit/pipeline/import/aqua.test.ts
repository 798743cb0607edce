/** What aqua checks of a tool, as the catalogue says it: the strongest first, nothing dropped in silence. */
import { describe, expect, it } from 'vitest';
import { addToCatalogue } from '../../../../src/formats/own/edit-catalogue.ts';
import { parseAquaRegistry } from '../../../../src/formats/upstream/aqua/registry.ts';
import { importAqua, reachOf } from '../../../../src/pipeline/import/aqua.ts';
import { splitTag } from '../../../../src/pipeline/shared/release-names.ts';
import { loadCatalogue } from '../../../../src/pipeline/manifests/catalogue.ts';

const head = 'version: 1\nkinds: [tools]\nplatforms:\n  - os: debian-13\n    architectures: [amd64, arm64]\n';
const target = { kinds: ['tools'], platforms: [{ os: 'debian-13', architectures: ['amd64', 'arm64'] }] };
const issuer = 'https://token.actions.githubusercontent.com';
const repository = 'https://github.com/o/tool';

function imported(fields: object, version = 'v1.2.3') {
  const rule = {
    repo_owner: 'o',
    repo_name: 'tool',
    type: 'github_release',
    asset: 'tool_{{.Arch}}',
    format: 'raw',
    ...fields,
  };
  const [rules] = parseAquaRegistry(Buffer.from(JSON.stringify({ packages: [rule] })), 'registry.yaml');
  const { outcome, additions } = importAqua({ rules: rules!, version }, target, (some) => {
    loadCatalogue(Buffer.from(addToCatalogue(head, some)), 'catalogue.yaml');
  });
  const [source, entry] = additions.map(({ value }) => value as Record<string, unknown>);
  return {
    ...outcome,
    comments: additions.flatMap(({ comments }) => comments ?? []),
    source,
    entry,
    verification: entry?.['verification'] as Record<string, unknown> | undefined,
  };
}

const checksum = { type: 'github_release', asset: '{{.Asset}}.sha256', algorithm: 'sha256' };
const sums = { type: 'github_release', asset: 'SHA256SUMS', algorithm: 'sha256' };
const cosignOpts = (identity: readonly string[]) => [
  ...['--certificate-oidc-issuer', issuer, ...identity],
  ...['--signature', `${repository}/releases/download/{{.Version}}/SHA256SUMS.sig`],
  ...['--certificate', `${repository}/releases/download/{{.Version}}/SHA256SUMS.pem`],
];

describe('a tool of the registry', () => {
  it('with a checksum file', () => {
    const one = imported({ checksum });
    expect(one).toMatchObject({
      package: 'o/tool',
      verifiable: true,
      signed: false,
      outcome: 'equal',
      reasons: [],
    });
    expect(one.source).toEqual({ type: 'github-release', repository: 'o/tool', tag: 'v{version}' });
    expect(one.entry).toMatchObject({ kinds: ['tools'], type: 'binary', source: { asset: 'tool_{arch}' } });
    expect(one.verification).toMatchObject({ method: 'checksum', checksums: '{asset}.sha256' });
  });

  it('with names of its own for architectures', () => {
    const one = imported({
      replacements: { amd64: 'x64', arm64: 'aarch64' },
      checksum: { ...sums, asset: 'SUMS_{{.Arch}}' },
    });
    expect(one.entry).toMatchObject({ source: { asset: { amd64: 'tool_x64', arm64: 'tool_aarch64' } } });
    expect(one.verification).toMatchObject({ checksums: { amd64: 'SUMS_x64', arm64: 'SUMS_aarch64' } });
    const amd64 = imported({ checksum, supported_envs: ['linux/amd64'] });
    expect(amd64.entry).toMatchObject({ platforms: [{ os: 'debian-13', architectures: ['amd64'] }] });
  });

  it.each<[string, readonly string[], object]>([
    [
      'of a tag',
      ['--certificate-identity', `${repository}/.github/workflows/r.yml@refs/tags/{{.Version}}`],
      { identity: `${repository}/.github/workflows/r.yml@refs/tags/v{version}` },
    ],
    [
      'of a pattern that is one',
      [
        '--certificate-identity-regexp',
        '^https://github\\.com/o/tool/\\.github/workflows/r\\.yml@refs/tags/.*$',
      ],
      { identity: `${repository}/.github/workflows/r.yml@refs/tags/v{version}` },
    ],
    [
      'of any ref of a reusable workflow',
      ['--certificate-identity-regexp', 'https://github\\.com/x/y/\\.github/workflows/r\\.yaml@.*'],
      {
        identity: 'https://github.com/x/y/.github/workflows/r.yaml',
        sourceRepository: repository,
        sourceRef: 'refs/tags/v{version}',
      },
    ],
    [
      'of any workflow',
      [
        '--certificate-identity-regexp',
        '^https://github\\.com/o/tool/\\.github/workflows/.+\\.ya?ml@refs/tags/\\Q{{.Version}}\\E$',
      ],
      { identity: repository, sourceRepository: repository, sourceRef: 'refs/tags/v{version}' },
    ],
    ['of an owner', ['--certificate-identity-regexp', 'https://github.com/o'], { identity: repository }],
  ])('signed keyless, with the identity %s', (_, identity, expected) => {
    const one = imported({ checksum: { ...sums, cosign: { opts: cosignOpts(identity) } } });
    expect(one).toMatchObject({ signed: true, outcome: 'equal' });
    expect(one.verification).toMatchObject({
      ...{
        method: 'cosign-blob',
        checksums: 'SHA256SUMS',
        signature: 'SHA256SUMS.sig',
        certificate: 'SHA256SUMS.pem',
      },
      ...{ issuer, ...expected },
    });
  });

  it.each([
    '^https://github\\.com/x/.*',
    '^https://github\\.com/o/tool/\\.github/workflows/r\\.yml@refs/heads/queue/',
  ])('signed by nobody in particular: %s', (pattern) => {
    const cosign = { opts: cosignOpts(['--certificate-identity-regexp', pattern]) };
    const one = imported({ checksum: { ...sums, cosign } });
    expect(one).toMatchObject({ signed: true, outcome: 'none', entry: undefined });
    expect(one.reasons.join()).toContain('pattern');
  });

  it('signed by a certificate of which more is wanted than can be said', () => {
    const identity = ['--certificate-identity', `${repository}/.github/workflows/r.yml@refs/heads/main`];
    const cosign = { opts: cosignOpts([...identity, '--certificate-github-workflow-trigger=push']) };
    const one = imported({ checksum: { ...sums, cosign } });
    expect(one).toMatchObject({ signed: true, outcome: 'none', entry: undefined });
    expect(one.reasons.join()).toContain('--certificate-github-workflow-trigger');
  });

  it('signed by a key, with and without a log, and in a bundle', () => {
    const opts = [
      '--key',
      'https://example.org/cosign.pub',
      '--signature',
      `${repository}/releases/download/{{.Version}}/SHA256SUMS.sig`,
    ];
    const keyed = imported({ checksum: { ...sums, cosign: { opts } } });
    expect(keyed.verification).toMatchObject({
      method: 'cosign-key',
      cosignKey: 'o-tool',
      rekor: 'https://rekor.sigstore.dev',
    });
    const unlogged = imported({
      checksum: { ...sums, cosign: { opts: [...opts, '--insecure-ignore-tlog'] } },
    });
    expect(unlogged.verification).not.toHaveProperty('rekor');
    const bundle = { type: 'github_release', asset: 'SHA256SUMS.sigstore.json' };
    const bundled = imported({
      checksum: { ...sums, cosign: { bundle, opts: ['--key', 'https://example.org/cosign.pub'] } },
    });
    expect(bundled.verification).toMatchObject({
      method: 'cosign-key-bundle',
      bundle: 'SHA256SUMS.sigstore.json',
    });
  });

  it('attested, and checked in several ways: all of them', () => {
    const one = imported({
      checksum,
      minisign: {
        type: 'github_release',
        asset: '{{.Asset}}.minisig',
        public_key: 'RWSykaGCPNYYe5uB0UultruIM9JDFDA9RF4OqRezOm7pDBFX6b7mG3Kd',
      },
      github_artifact_attestations: { signer_workflow: 'o/tool/.github/workflows/r.yml' },
      slsa_provenance: { type: 'github_release', asset: 'multiple.intoto.jsonl' },
    });
    expect(one).toMatchObject({ signed: true, outcome: 'equal' });
    expect(one.verification).toMatchObject({
      method: 'github-attestation',
      workflow: `${repository}/.github/workflows/r.yml`,
      sourceRef: 'refs/tags/v{version}',
      witnesses: [
        { method: 'in-toto', rekor: 'https://rekor.sigstore.dev' },
        { method: 'minisign' },
        { method: 'checksum' },
      ],
    });
  });

  it('of an immutable release: the statement of GitHub, behind what says who built it', () => {
    const immutable = { github_immutable_release: true };
    const alone = imported(immutable);
    expect(alone).toMatchObject({ verifiable: true, signed: true, outcome: 'equal' });
    expect(alone.verification).toEqual({ method: 'github-release-attestation', githubRoot: 'github' });
    const attested = { signer_workflow: 'o/tool/.github/workflows/r.yml' };
    const key = 'RWSykaGCPNYYe5uB0UultruIM9JDFDA9RF4OqRezOm7pDBFX6b7mG3Kd';
    const all = imported({
      ...{ ...immutable, minisign: { type: 'github_release', asset: '{{.Asset}}.minisig', public_key: key } },
      checksum: { ...sums, github_artifact_attestations: attested },
    });
    expect(all.verification).toMatchObject({
      ...{ method: 'github-attestation', checksums: 'SHA256SUMS' },
      witnesses: [{ method: 'github-release-attestation' }, { method: 'minisign' }],
    });
    expect(all.comments.filter((one) => one.includes('pins.yaml'))).toEqual([
      expect.stringContaining('github-sigstore'),
      expect.stringContaining(key),
    ]);
    const elsewhere = { type: 'http', url: 'https://x.example.org/tool-{{.Version}}', ...immutable };
    expect(imported(elsewhere)).toMatchObject({ outcome: 'none', entry: undefined });
    expect(imported({ github_immutable_release: false })).toMatchObject({ verifiable: false });
  });

  it('with a checksum file that is attested and signed: both, and no third check of its lines alone', () => {
    const attested = { signer_workflow: 'o/tool/.github/workflows/r.yml' };
    const cosign = { opts: cosignOpts(['--certificate-identity', 'https://example.org/x']) };
    const one = imported({ checksum: { ...sums, cosign, github_artifact_attestations: attested } });
    expect(one).toMatchObject({ signed: true, outcome: 'equal' });
    expect(one.verification).toMatchObject({
      ...{ method: 'github-attestation', checksums: 'SHA256SUMS', attests: 'checksums' },
      witnesses: [{ method: 'cosign-blob', checksums: 'SHA256SUMS' }],
    });
    const lost = { opts: cosignOpts(['--certificate-identity-regexp', '.*']) };
    const less = imported({ checksum: { ...sums, cosign: lost, github_artifact_attestations: attested } });
    expect(less).toMatchObject({ outcome: 'loss' });
  });

  it('on a server, in folders and without', () => {
    const folder = imported({
      type: 'http',
      url: 'https://dl.example.org/tool/{{.Version}}/{{.OS}}/tool-{{.Arch}}',
      checksum: {
        type: 'http',
        url: 'https://dl.example.org/tool/{{.Version}}/{{.OS}}/SHA256SUMS',
        algorithm: 'sha256',
      },
    });
    expect(folder.source).toMatchObject({
      type: 'release-server',
      uri: 'https://dl.example.org/tool',
      path: '{tag}/linux',
      index: { github: 'o/tool' },
    });
    expect(folder.outcome).toBe('equal');
    const flat = imported({
      type: 'http',
      url: 'https://dl.example.org/tool-{{trimV .Version}}-{{.Arch}}.zip',
      format: 'zip',
      checksum: { type: 'http', url: '{{.AssetURL}}.sha256', algorithm: 'sha256' },
    });
    expect(flat.source).not.toHaveProperty('path');
    expect(flat.entry).toMatchObject({ type: 'zip' });
    expect(flat.outcome).toBe('equal');
  });

  it.each<[string, object, string, object]>([
    ['GitHub', {}, '{{.Arch}}', { index: { github: 'o/tool' } }],
    ["GitHub's tags", { version_source: 'github_tag' }, '', { index: { github: 'o/tool', list: 'tags' } }],
    ['nobody', { repo_owner: '', repo_name: '', name: 'x/tool' }, '', { version: '1.2.3' }],
    ['a name of one version alone', {}, '{{replace "." "_" .SemVer}}', { version: '1.2.3' }],
  ])('on a server, with versions from %s', (_, fields, part, versions) => {
    const url = `https://dl.example.org/tool-{{.Version}}/tool${part}`;
    const { source, outcome } = imported({ type: 'http', url, checksum, ...fields });
    expect(outcome).toBe('equal');
    const { index, version } = source ?? {};
    expect({ index, version }).toEqual({ index: undefined, version: undefined, ...versions });
  });

  it('that proves nothing: by what GitHub says of it, which is no less than nothing, and a loss to a digest', () => {
    const word = { method: 'github-digest', reason: 'aqua verifies nothing of it' };
    expect(imported({})).toMatchObject({ verifiable: false, outcome: 'equal', verification: word });
    const weak = imported({ checksum: { ...checksum, algorithm: 'md5' } });
    expect(weak).toMatchObject({ verifiable: true, signed: false, outcome: 'loss' });
    expect(weak.verification).toMatchObject({ method: 'github-digest' });
    expect(weak.reasons.join()).toContain('md5');
    const server = { type: 'http', url: 'https://dl.example.org/tool-{{.Version}}' };
    const elsewhere = imported({ ...server, checksum: { ...checksum, algorithm: 'md5' } });
    expect(elsewhere).toMatchObject({ outcome: 'none', entry: undefined });
    expect(imported(server)).toMatchObject({ outcome: 'none', reasons: ['aqua verifies nothing of it'] });
  });

  it.each<[string, object, string]>([
    [
      'a checksum file elsewhere',
      { checksum: { type: 'http', url: 'https://x.example.org/SUMS', algorithm: 'sha256' } },
      'another folder',
    ],
    ['a name that only aqua makes', { asset: '{{if true}}x{{end}}', checksum }, 'only aqua knows'],
    ['a form that nobody unpacks', { format: 'rar', checksum }, 'rar'],
    ['plain HTTP', { type: 'http', url: 'http://x.example.org/tool', checksum }, 'https'],
    ['a tag without a version', { checksum }, 'no version'],
  ])('is told why there is no entry: %s', (_, fields, reason) => {
    const one = imported(fields, reason === 'no version' ? 'nightly' : 'v1.2.3');
    expect(one).toMatchObject({ verifiable: true, outcome: 'none', entry: undefined });
    expect(one.reasons.join()).toContain(reason);
  });

  it.each<[string, object]>([
    ['a path', { asset: '../../tool' }],
    ['two lines', { asset: 'tool\nkinds: [x]' }],
    ['an owner of two lines', { repo_owner: 'o\n#' }],
    ['a repository that is none', { repo_name: '../..' }],
    ['a server with a password', { type: 'http', url: 'https://u:p@x.example.org/tool-{{.Arch}}' }],
    ['a folder above', { type: 'http', url: 'https://x.example.org/../{{.Version}}/tool' }],
  ])('is no entry where its name is %s', (_, fields) => {
    const one = imported({ checksum, ...fields });
    expect(one).toMatchObject({ outcome: 'none', entry: undefined });
    expect(one.reasons.length).toBeGreaterThan(0);
  });

  it('that nobody checks, or that is not for Linux, is not counted', () => {
    const outcomes = [
      imported({}),
      imported({ checksum: { ...checksum, enabled: false } }),
      imported({ checksum, supported_envs: ['darwin'] }),
      imported({ checksum }),
      imported({ checksum: { ...checksum, algorithm: 'sha1' } }),
    ];
    expect(outcomes.map(({ verifiable }) => verifiable)).toEqual([false, false, false, true, true]);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['equal', 'equal', 'none', 'equal', 'loss']);
    const { packages, verifiable, signed, reasons } = reachOf(outcomes);
    expect({ packages, verifiable, signed }).toEqual({
      packages: 5,
      verifiable: { all: 2, equal: 1, loss: 1, none: 0 },
      signed: { all: 0, equal: 0, loss: 0, none: 0 },
    });
    expect([...reasons.values()]).toEqual([1]);
  });
});

describe('a tag', () => {
  it.each([
    ['v1.2.3', 'v', '1.2.3'],
    ['1.2.3', '', '1.2.3'],
    ['jq-1.7', 'jq-', '1.7'],
    ['cidr2ip-1.0.0', 'cidr2ip-', '1.0.0'],
    ['kustomize/v5.8.0', 'kustomize/v', '5.8.0'],
    ['@scope/name@1.2.3', '@scope/name@', '1.2.3'],
    ['2024-01-02', '', '2024-01-02'],
  ])('%s', (tag, prefix, version) => {
    expect(splitTag(tag)).toEqual({ tag, prefix, version });
  });
});

describe('a catalogue that is added to', () => {
  it('keeps what is there, comments and all', () => {
    const text = `${head}\n# ours\nsources:\n  # first\n  a:\n    type: x # why\n\n# then\ndependencies:\n  a: { b: c }\n# end\n`;
    const added = addToCatalogue(text, [
      { section: 'sources', name: 'n', value: { type: 'y' } },
      { section: 'dependencies', name: 'n', value: { kinds: ['k'] }, comments: ['said'] },
    ]);
    expect(
      added.replace('\n  n:\n    type: y\n', '').replace('\n  # said\n  n:\n    kinds:\n      - k\n', ''),
    ).toBe(text);
  });

  it.each(['a\nkinds: [other]', 'a\r\n  n: {}', 'a\rb', 'a\u2028b', 'a\u0085b', 'a\u0000b', 'a\u001b[2Jb'])(
    'has no line of its own in a comment: %j',
    (comment) => {
      const value = { type: 'y' };
      const said = addToCatalogue(head, [{ section: 'sources', name: 'n', value, comments: [comment] }]);
      const silent = addToCatalogue(head, [{ section: 'sources', name: 'n', value }]);
      const lines = said.split('\n');
      const [at] = lines.flatMap((line, index) => (line.startsWith('  # a') ? [index] : []));
      expect(lines.toSpliced(at!, 1).join('\n')).toBe(silent);
      expect(said).toMatch(/^[\n -~]*$/);
    },
  );
});
