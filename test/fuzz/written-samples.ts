/** Small documents of the kinds that no file of the repository is of. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ustarEndBytes, ustarHeader, ustarPadding } from '../../src/formats/upstream/ustar.ts';
import { renderPushedEvidence, renderPushedManifest } from '../../src/formats/own/pushed-manifest.ts';
import { storeXz } from '../../scripts/upstream/xz-store.ts';

const hex = 'ab'.repeat(32);
const digest = `sha256:${hex}` as const;
const image = 'application/vnd.oci.image';
const descriptor = { mediaType: `${image}.layer.v1.tar+gzip`, digest, size: 3 };

const now = '2026-11-20T12:00:00.000Z';
const pushedFile = { title: 'knd.debian-13.amd64.json', digest, sizeBytes: 3 } as const;
const standing = {
  ...{ version: '1.0.0', url: 'https://example.org/tool', assurance: 'signed', signers: [] },
  question: {
    ...{ name: 'tool', type: 'binary', os: 'debian-13', arch: 'amd64', source: { type: 'release-server' } },
    ...{ entry: { from: 'tools' }, verification: { method: 'minisign' } },
  },
};
const proof = {
  ...{
    version: '1.0.0',
    url: 'https://example.org/tool',
    digest,
    size: 3,
    assurance: 'signed',
    method: 'minisign',
  },
  ...{
    signers: [],
    documents: [{ role: 'asset', url: 'https://example.org/tool', digest, size: 3, text: ['a'] }],
  },
  ...{ anchors: [{ name: 'tool', digest, size: 3 }], question: standing.question, judgedAt: now },
  ...{ watermark: {}, seal: digest },
};

const json: readonly unknown[] = [
  {
    ...{ _type: 'https://in-toto.io/Statement/v1', predicateType: 'https://slsa.dev/provenance/v1' },
    subject: [{ name: 'tool', digest: { sha256: hex } }],
    predicate: {
      buildDefinition: {
        externalParameters: {
          workflow: { repository: 'https://github.com/o/p', ref: 'refs/tags/v1', path: '.github/w.yml' },
        },
        resolvedDependencies: [
          { uri: 'git+https://github.com/o/p@refs/tags/v1', digest: { gitCommit: 'ab'.repeat(20) } },
        ],
      },
    },
  },
  {
    ...{ _type: 'https://in-toto.io/Statement/v0.1', predicateType: 'https://slsa.dev/provenance/v0.2' },
    subject: [{ name: 'tool', digest: { sha256: hex } }],
    predicate: {
      invocation: {
        configSource: { uri: 'git+https://github.com/o/p@refs/tags/v1', digest: { sha1: 'ab'.repeat(20) } },
      },
      materials: [],
    },
  },
  {
    schemaVersion: 2,
    mediaType: `${image}.index.v1+json`,
    manifests: [
      {
        ...descriptor,
        mediaType: `${image}.manifest.v1+json`,
        platform: { os: 'linux', architecture: 'amd64' },
      },
    ],
  },
  {
    schemaVersion: 2,
    mediaType: `${image}.manifest.v1+json`,
    config: { ...descriptor, mediaType: `${image}.config.v1+json` },
    layers: [descriptor],
  },
  {
    ...{ schemaVersion: 2, mediaType: `${image}.manifest.v1+json` },
    config: { ...descriptor, mediaType: 'application/vnd.cncf.helm.config.v1+json' },
    layers: [
      { ...descriptor, mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip' },
      { ...descriptor, mediaType: 'application/vnd.cncf.helm.chart.provenance.v1.prov' },
    ],
  },
  { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [digest] }, config: {} },
  { imageLayoutVersion: '1.0.0' },
  {
    schemaVersion: 2,
    manifests: [
      {
        ...descriptor,
        mediaType: `${image}.manifest.v1+json`,
        annotations: { 'org.opencontainers.image.ref.name': 'a:1' },
      },
    ],
  },
  {
    critical: {
      identity: { 'docker-reference': 'registry.example.org/a' },
      image: { 'docker-manifest-digest': digest },
      type: 'cosign container image signature',
    },
    optional: null,
  },
  {
    vulns: [
      {
        id: 'CVE-2026-1',
        modified: '2026-01-01T00:00:00Z',
        affected: [
          {
            package: { name: 'a', ecosystem: 'Debian:13' },
            ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '1.0-1' }] }],
            versions: ['1'],
          },
        ],
      },
    ],
    next_page_token: 'x',
  },
  {
    id: 'CVE-2026-1',
    modified: '2026-01-01T00:00:00Z',
    affected: [{ package: { name: 'a', ecosystem: 'Debian:13' }, ranges: [] }],
  },
  {
    auths: { 'registry.example.org': { auth: Buffer.from('user:secret').toString('base64') } },
    credHelpers: { 'a.example.org': 'pass' },
  },
  { ServerURL: 'https://registry.example.org', Username: 'user', Secret: 'secret' },
  { token: 'abc', expires_in: 300 },
  { attestations: [{ bundle: null, repository_id: 1, bundle_url: 'https://blobs.example.org/1' }] },
  {
    kind: 'hashedrekord',
    apiVersion: '0.0.1',
    spec: {
      data: { hash: { algorithm: 'sha256', value: hex } },
      signature: {
        content: 'MEQ=',
        publicKey: {
          content: Buffer.from('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n').toString(
            'base64',
          ),
        },
      },
    },
  },
  {
    kind: 'dsse',
    apiVersion: '0.0.1',
    spec: {
      envelopeHash: { algorithm: 'sha256', value: hex },
      payloadHash: { algorithm: 'sha256', value: hex },
      signatures: [{ signature: 'MEQ=', verifier: 'AAAA' }],
    },
  },
  { version: 1, dates: { 'https://ftp.debian.org/debian trixie': '2026-11-15T00:00:00Z' } },
  { version: 1, entries: {} },
  { version: 1, logs: {}, dates: {} },
  { version: 1, root: 1, timestamp: 2, snapshot: 3, targets: 4 },
  { version: 3, entries: { tool: proof } },
  { version: 1, lines: { a: { '1.0': standing } } },
  {
    version: 1,
    images: {
      [digest]: {
        arch: 'amd64',
        partitions: [{ number: 1, uuid: 'a' }],
        documents: [{ partition: 1, path: '/a', digest, size: 1 }],
        cmdline: 'ro',
        kernel: { partition: 1, named: '/vmlinuz', path: '/vmlinuz', digest, size: 1 },
        initrd: { partition: 1, named: '/initrd', path: '/initrd', digest, size: 1 },
        tools: 'debugfs',
        readAt: now,
      },
    },
  },
  JSON.parse(
    Buffer.from(
      renderPushedManifest({ manifest: pushedFile, files: [{ ...pushedFile, title: 'a' }] }),
    ).toString(),
  ),
  JSON.parse(
    Buffer.from(
      renderPushedEvidence({
        subject: pushedFile,
        files: [{ ...pushedFile, title: 'evidence/documents/a' }],
      }),
    ).toString(),
  ),
  {
    kind: 'hashedrekord',
    apiVersion: '0.0.2',
    spec: {
      hashedRekordV002: {
        data: { algorithm: 'SHA2_256', digest: 'AAAA' },
        signature: {
          content: 'MEQ=',
          verifier: { keyDetails: 'PKIX_ECDSA_P256_SHA_256', x509Certificate: { rawBytes: 'AAAA' } },
        },
      },
    },
  },
  { payloadType: 'application/vnd.in-toto+json', payload: 'e30=', signatures: [{ sig: 'MEQ=', keyid: '' }] },
  [1, 'two', null, { three: 3.5 }],
  [{ name: 'v1.0.0' }, { name: 'v1.1.0', lts: false }],
];

const texts: readonly string[] = [
  'Package: libpq5\nSource: postgresql-17\nVersion: 17.11-0+deb13u1\nArchitecture: amd64\nDepends: libc6 (>= 2.38), libssl3 | libssl4:any\nFilename: pool/main/p/postgresql-17/libpq5_17.11-0+deb13u1_amd64.deb\n' +
    `Size: 21\nSHA256: ${hex}\nDescription: a library\n of two lines\n\nPackage: knc\nVersion: 1\nArchitecture: all\nFilename: ./knc.deb\nSize: 1\nSHA256: ${hex}\n`,
  `Origin: Debian\nLabel: Debian\nSuite: stable\nVersion: 13.2\nCodename: trixie\nDate: Sat, 15 Nov 2026 09:52:19 UTC\nValid-Until: Sat, 22 Nov 2026 09:52:19 UTC\nAcquire-By-Hash: yes\nArchitectures: all amd64 arm64\nComponents: main contrib\nSHA256:\n ${hex}     1484 main/binary-amd64/Packages.xz\n`,
  'Package: a\nStatus: install ok installed\nVersion: 1-1\nArchitecture: amd64\nDepends: b (= 1)\n',
  `${hex}  tool\n${hex} *tool.exe\n`,
  `SHA256 (tool) = ${hex}\nSHA512 (tool) = ${'cd'.repeat(64)}\n`,
  `${hex}\n`,
  `\\${hex}  a\\nb\n# a comment\n`,
  'apiVersion: v1\nentries:\n  tool:\n  - apiVersion: v2\n' +
    `    digest: ${hex}\n    name: tool\n    urls:\n    - tool-1.2.3.tgz\n    version: 1.2.3\ngenerated: "2026-11-18T09:00:00Z"\n`,
  `apiVersion: v2\nname: tool\nversion: 1.2.3\n\n...\nfiles:\n  tool-1.2.3.tgz: ${digest}\n`,
  `SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: a\nDocumentNamespace: https://example.org/a\nCreator: Tool: x\nCreated: 2026-01-01T00:00:00Z\n\nFileName: bin/tool\nSPDXID: SPDXRef-a\nFileChecksum: SHA256: ${hex}\nFileCopyrightText: <text>two\nlines</text>\n`,
  'package main\n\nconst Default = "registry.k8s.io/pause:3.10"\n\nvar tool string = "x"\nconst tool = "1.2"\n',
  '- type: github_release\n  repo_owner: o\n  repo_name: p\n  asset: tool-{{.OS}}-{{.Arch}}\n  checksum:\n    type: github_release\n    asset: SHA256SUMS\n    algorithm: sha256\n',
  'packages:\n  - type: github_release\n    repo_owner: o\n    repo_name: p\n    asset: tool-{{trimV .Version}}\n    version_constraint: semver(">= 1.0.0")\n    checksum: {enabled: false}\n',
  'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nCopyright: a\nLicense: Apache-2.0\n\nLicense: Apache-2.0\n On Debian it is elsewhere.\n',
  "menuentry 'One' --class os --id 'one' {\n linux /boot/vmlinuz-a root=LABEL=x ro\n initrd /boot/initrd-a\n}\nsubmenu \"More\" { menuentry Two { linux /b\n initrd /c\n } }\n",
  'set default="0"\nif [ -s $prefix/grubenv ]; then\n  load_env\nfi\nfunction savedefault { true; }\n',
  '# GRUB Environment Block\nsaved_entry=one\n####',
  'title Debian\nversion 6.12\nlinux /vmlinuz\ninitrd /initrd\noptions root=UUID=1 ro\n',
  'Bearer realm="https://auth.example.org/token",service="registry.example.org",scope="repository:a:pull"',
  '<https://api.github.com/x?page=2>; rel="next", <https://api.github.com/x?page=9>; rel="last"',
  ...['Fri, 20 Nov 2026 00:00:00 GMT', 'Fri, 20 Nov 2026 00:00:00 UTC', '"etag"', 'W/"etag"', '120'],
  ...[
    '1.2.3\n1.2.4-rc.1',
    '1:4.17.4-2~bpo+1\n4.17.4-2',
    'v1.2.3\nv{version}',
    '>=1.2 <2 || ^3',
    '~1.2',
    '1.2.x - 2',
    '^1',
  ],
  ...[
    'registry.example.org:5000/a/b:v1',
    `registry.example.org/a@${digest}`,
    'oci://registry.example.org/a:v1',
    'registry.example.org',
  ],
  ...[
    '90d',
    '1h30m',
    '10%',
    '1/7',
    digest,
    hex.toUpperCase().slice(0, 40),
    'origin/main:manifests/knd.json',
    'a/b/c.txt',
    './usr/share/a',
  ],
  ...[
    'https://example.org/a%20b?c=d#e',
    'https://user:secret@example.org/',
    'https://a.example/=https://b.example/',
    'https://127.0.0.1:8080',
  ],
  ...[
    'libc6 (>= 2.38), a | b [amd64] <!nocheck>, c:any (<< 1:2)',
    '{{ .Instance.ID }}',
    'semver("1.0.0")',
    'trimV(Version)',
    'linux /vmlinuz root=/dev/sda1 ro',
    '--no-floppy --fs-uuid --set=root 1234',
  ],
  `example.org/log\n4\n${Buffer.alloc(32).toString('base64')}\n\n\u2014 example.org AAAAAAAA\n`,
  'name: a\nversion: 1.0.0\nappVersion: "2"\ndependencies:\n- { name: b, alias: c, condition: c.enabled }\n---\nimage: { repository: registry.example.org/a, tag: "1" }\nc: { enabled: true }\nglobal: { imageRegistry: x.example.org }\n---\nname: b\nversion: 1.0.0\n---\nimage: { registry: y.example.org, repository: b }\n',
  'hostname: node-1\nregistration:\n  url: https://example.org:1234\nnonce: eyJhbGciOiJFUzI1NiJ9.e30.AAAA\nenv:\n  NSTANCE_SERVER_AGENT_ADDR: example.org:1\n  PROVIDER_KIND: proxmox\n  A: "{{ .B }}"\n',
  'packages:\n  - name: o/p@v1.2.3\n  - name: o/q\n    version: v1\n',
  `# Excerpt of ${digest}, 123 bytes\nSPDXVersion: SPDX-2.3\n`,
  '-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\ntext\n- -----\n-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n',
  'e30=',
];

export function written(): readonly Uint8Array[] {
  const pem = readFileSync(join(import.meta.dirname, '../../test/fixtures/tls/loopback.crt.pem'), 'utf8');
  const certificate = new X509Certificate(pem);
  const content = Buffer.from('the text of a file\n');
  const tar = Buffer.concat([
    ...[ustarHeader('tool', content.length), content, Buffer.alloc(ustarPadding(content.length))],
    Buffer.alloc(ustarEndBytes),
  ]);
  const control = Buffer.from('Package: a\nVersion: 1\nArchitecture: all\n');
  const der = Buffer.from('30130101ff020105060355040303020001170d3236303130313030303030305a', 'hex');
  return [
    ...json.map((value) => Buffer.from(JSON.stringify(value))),
    ...texts.map((text) => Buffer.from(text)),
    Buffer.from(texts.slice(0, 1).join('')),
    certificate.raw,
    Buffer.from(certificate.publicKey.export({ type: 'spki', format: 'pem' })),
    certificate.publicKey.export({ type: 'spki', format: 'der' }),
    der,
    Buffer.from(`MEQ=\n${pem}`),
    ...[tar, gzipSync(tar), storeXz(tar), gzipSync(content), storeXz(content)],
    ...[
      deb([['data.tar', tar]]),
      deb([['data.tar.xz', storeXz(tar)]]),
      deb([
        ['control.tar.gz', gzipSync(control)],
        ['data.tar.gz', gzipSync(tar)],
      ]),
    ],
    Buffer.concat([Buffer.of(content.length, (content.length - 1) << 2), content]),
    Buffer.from([9, (4 - 1) << 2, ...Buffer.from('abcd'), ((5 - 4) << 2) | 1, 4]),
    qcow2(),
    partitionTable(),
    superblock(),
  ];
}

function deb(members: readonly (readonly [string, Uint8Array])[]): Buffer {
  const all = [['debian-binary', Buffer.from('2.0\n')] as const, ...members];
  const parts = all.flatMap(([name, content]) => [
    Buffer.from(`${name.padEnd(16)}0           0     0     100644  ${String(content.length).padEnd(10)}\`\n`),
    content,
    Buffer.alloc(content.length % 2, '\n'),
  ]);
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts]);
}

function qcow2(): Buffer {
  const header = Buffer.alloc(104);
  header.write('QFI\xfb', 0, 'latin1');
  header.writeUInt32BE(3, 4);
  header.writeUInt32BE(16, 20);
  header.writeBigUInt64BE(2n ** 31n, 24);
  header.writeUInt32BE(104, 100);
  return header;
}

/** A GPT with one partition (UEFI 2.10, section 5.3). */
function partitionTable(): Buffer {
  const table = Buffer.alloc(34 * 512);
  table.write('EFI PART', 512, 'latin1');
  table.writeUInt32LE(0x10000, 520);
  table.writeUInt32LE(92, 524);
  table.writeBigUInt64LE(2n, 512 + 72);
  table.writeUInt32LE(128, 512 + 80);
  table.writeUInt32LE(128, 512 + 84);
  table.fill(0x11, 1024, 1056);
  table.writeBigUInt64LE(2048n, 1056);
  table.writeBigUInt64LE(4096n, 1064);
  return table;
}

/** The beginning of an ext4 file system. */
function superblock(): Buffer {
  const block = Buffer.alloc(2048);
  block.writeUInt16LE(0xef53, 1024 + 0x38);
  block.fill(0x11, 1024 + 0x68, 1024 + 0x78);
  block.write('root', 1024 + 0x78);
  return block;
}
