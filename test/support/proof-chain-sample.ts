/** Chains as `explain` makes them, one of each shape, for those who draw them. */
import type { ProofChain } from '../../src/formats/own/proof-chain.ts';
import type { Digest } from '../../src/model/digest.ts';

const digest = (digit: string): Digest => `sha256:${digit.repeat(64)}`;
const signedAt = '2026-11-18T11:58:03.000Z';

const head = {
  manifest: 'manifests/knc.debian-13.amd64.json',
  os: 'debian-13',
  arch: 'amd64',
  verdict: 'verified',
  judgedAt: '2026-11-20T12:00:00.000Z',
  ...blank(),
} as const;

/** One line from a pinned key to a package. */
export const aptChain: ProofChain = {
  ...head,
  ...{ name: 'libpq5', version: '17.12-0+deb13u1', type: 'deb', assurance: 'signed', method: 'apt' },
  nodes: [
    {
      kind: 'anchor',
      id: 'anchor',
      name: 'debian-security',
      type: 'openpgp',
      pinned: ['5E04A1E3223A19A20706E20F9904613D4CCE68C6'],
      learnt: 'Debian package debian-archive-keyring 2025.1, and the same key in Debian 12',
      file: 'trust/debian-security.asc',
    },
    document('inrelease', 'https://security.debian.org/debian-security/dists/trixie-security/InRelease', '1'),
    document(
      'packages',
      'https://security.debian.org/debian-security/dists/trixie-security/main/Packages.xz',
      '2',
    ),
    document(
      'packages-stanza',
      'https://security.debian.org/debian-security/dists/trixie-security/main/Packages',
      '3',
    ),
    {
      kind: 'artifact',
      id: 'artifact',
      url: 'https://security.debian.org/debian-security/pool/updates/main/p/postgresql-17/libpq5_17.12-0+deb13u1_amd64.deb',
      digest: digest('4'),
      size: 235_572,
    },
  ],
  links: [
    {
      ...{ from: 'anchor', to: 'inrelease', beside: [], holds: true },
      signers: [
        {
          method: 'openpgp',
          fingerprint: '89C87ACEA5DD6B8E6A7068808E9F831205B4BA95',
          primaryFingerprint: '5E04A1E3223A19A20706E20F9904613D4CCE68C6',
          signedAt,
          anchor: 'debian-security',
        },
      ],
      checks: [
        { check: 'Codename', value: 'trixie-security', against: 'as the catalogue says' },
        { check: 'Valid-Until', value: '2026-11-25T11:58:03Z', against: 'not before 2026-11-20T12:00:00Z' },
      ],
    },
    link('inrelease', 'packages', '2'),
    link('packages', 'packages-stanza', '3'),
    link('packages-stanza', 'artifact', '4'),
  ],
  notProven: [
    {
      what: 'that nothing newer was withheld',
      because: "the Release's own dates bound it: until 25 November 2026",
    },
  ],
  byHand: [
    {
      of: 'inrelease',
      commands: [
        { argv: ['gpg', '--dearmor', '--output', 'debian-security.gpg', 'debian-security.asc'] },
        { argv: ['gpgv', '--keyring', './debian-security.gpg', 'InRelease'] },
      ],
    },
    {
      of: 'artifact',
      commands: [{ argv: ['sha256sum', '--check'], stdin: `${'4'.repeat(64)}  libpq5.deb\n` }],
    },
  ],
};

/** Two branches that meet, and a certificate beside a signature. */
export const branchedChain: ProofChain = {
  ...head,
  ...{ name: 'kubelet', version: '1.37.0', type: 'binary', assurance: 'signed', method: 'signed-sbom' },
  nodes: [
    {
      ...{ kind: 'anchor', id: 'anchor', name: 'sigstore', type: 'sigstore-trusted-root' },
      ...{ pinned: [digest('5')], file: 'trust/sigstore-trusted-root.json', digest: digest('6') },
    },
    document('certificate', 'https://dl.k8s.io/release/v1.37.0/bin/linux/amd64/kubelet.cert', '7'),
    document('signature', 'https://dl.k8s.io/release/v1.37.0/bin/linux/amd64/kubelet.sig', '8'),
    document('sbom', 'https://dl.k8s.io/release/v1.37.0/kubernetes-release.spdx', '9'),
    {
      ...{
        kind: 'artifact',
        id: 'artifact',
        url: 'https://dl.k8s.io/release/v1.37.0/bin/linux/amd64/kubelet',
      },
      ...{ digest: digest('a'), size: 58_130_596 },
    },
  ],
  links: [
    {
      ...{ from: 'anchor', to: 'sbom', beside: [], holds: true },
      signers: [krel()],
      checks: [
        {
          check: 'identity',
          value: 'krel-staging@k8s-releng-prod.iam.gserviceaccount.com',
          against: 'exactly',
        },
      ],
    },
    link('sbom', 'artifact', 'a'),
    {
      ...{ from: 'anchor', to: 'signature', beside: ['certificate'], holds: true },
      signers: [krel()],
      checks: [{ check: 'log entry', value: 'in rekor.sigstore.dev', against: 'its inclusion proof' }],
    },
    link('signature', 'artifact', 'a'),
  ],
};

/** Nobody signed. */
export const checksumChain: ProofChain = {
  ...head,
  ...{ name: 'zot', version: '2.1.17', type: 'binary', assurance: 'checksum', method: 'checksum' },
  verdict: 'recorded',
  nodes: [
    { kind: 'origin', id: 'origin', host: 'github.com' },
    document(
      'checksums',
      'https://github.com/project-zot/zot/releases/download/v2.1.17/checksums.sha256.txt',
      'b',
    ),
    {
      ...{ kind: 'artifact', id: 'artifact', digest: digest('c'), size: 61_000_000 },
      url: 'https://github.com/project-zot/zot/releases/download/v2.1.17/zot-linux-amd64-minimal',
    },
  ],
  links: [link('origin', 'checksums', 'b'), link('checksums', 'artifact', 'c')],
};

/** The same as `aptChain`, up to the link that breaks. */
export const brokenChain: ProofChain = {
  ...aptChain,
  ...{ name: 'uidmap', version: '4.17.4-2', verdict: 'refused' },
  links: [...aptChain.links.slice(0, 1), { ...link('inrelease', 'packages', '2'), holds: false, checks: [] }],
  notProven: [],
  byHand: [],
  refusal: {
    at: 'packages',
    code: 'DIGEST_MISMATCH',
    message: 'its packages in evidence/documents has another digest',
    expected: digest('2'),
    found: digest('d'),
    hint: 'Restore it from version control.',
  },
};

function document(role: string, url: string, digit: string) {
  return { kind: 'document', id: role, role, url, digest: digest(digit), size: 140_000, kept: true } as const;
}

function link(from: string, to: string, digit: string) {
  const check = { check: 'SHA-256', value: digit.repeat(64), against: 'the digest that it names' };
  return { from, to, beside: [], holds: true, signers: [], checks: [check] };
}

function krel() {
  return {
    method: 'sigstore',
    identity: 'krel-staging@k8s-releng-prod.iam.gserviceaccount.com',
    issuer: 'https://accounts.google.com',
    signedAt,
  } as const;
}

function blank(): Pick<ProofChain, 'notProven' | 'byHand'> {
  return { notProven: [], byHand: [] };
}
