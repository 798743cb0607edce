/**
 * Makes test/fixtures/fuzz/methods.json anew: `node test/fuzz/make-material.ts`, for a method that has none there yet.
 * It is kept, so that a seed leads to the same mutants on every machine: signatures differ whenever they are made.
 */
import { createHash, generateKeyPairSync, sign as signBytes, type KeyObject } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { helmChart, helmIndex, helmRepository } from '../../scripts/upstream/helm.ts';
import { ociDigest, signatureTagOf } from '../../scripts/upstream/oci-image.ts';
import { sigstoreAnchor } from '../../scripts/upstream/sigstore-anchor.ts';
import { createGithubSigstore } from '../../scripts/upstream/sigstore/github-sigstore.ts';
import { createSigstore, type Sigstore } from '../../scripts/upstream/sigstore/instance.ts';
import { keyedBlobBody } from '../../scripts/upstream/sigstore/log-bodies.ts';
import { kubernetesImageSigner, releasePause } from '../../scripts/upstream/sigstore/pause.ts';
import * as render from '../../scripts/upstream/sigstore/renderings.ts';
import * as signing from '../../scripts/upstream/sigstore/signing.ts';
import { renderSpdx } from '../../scripts/upstream/sigstore/spdx.ts';
import { generateSigningKey, type SigningKey } from '../../scripts/upstream/signing-key.ts';
import { buildTufRepository, generateTufKeys } from '../../scripts/upstream/tuf-repository.ts';
import { readContent } from '../../scripts/upstream/virtual-file.ts';
import { judge, materialFile, trustOf, writtenMaterial, type Case, type Documents } from './material.ts';

const now = '2026-11-20T12:00:00.000Z';
const at = new Date('2026-11-20T10:00:00Z');
const createdAt = new Date('2025-01-01T00:00:00Z');
const who = {
  identity: 'https://github.com/owner/project/.github/workflows/release.yml@refs/tags/v1.0.0',
  issuer: 'https://token.actions.githubusercontent.com',
};
const repository = 'https://github.com/owner/project';
const claims = { 5: 'owner/project', 6: 'refs/tags/v1.0.0', 12: repository, 14: 'refs/tags/v1.0.0' };
const rekor = 'https://rekor.example.org';
const scope = [
  'https://example.org',
  'https://charts.example.org',
  'https://deb.example.org',
  'https://registry.example.org',
];
const learnt = 'made to be fuzzed';

const platform = { os: 'debian-13', arch: 'amd64' } as const;
const url = 'https://example.org/v1.0.0/tool-amd64';
const artifact = { name: 'tool', version: '1.0.0', type: 'binary', sizeBytes: 10, platform, url };
const subject = {
  artifact,
  fileName: 'tool-amd64',
  values: { version: '1.0.0', tag: 'v1.0.0', arch: 'amd64', asset: 'tool-amd64' },
};

/** Whose keys they are. */
interface Party {
  readonly sigstore: Sigstore;
  readonly openpgp: SigningKey;
  readonly minisign: Pair;
  readonly cosign: Pair;
  readonly who: { readonly identity: string; readonly issuer: string };
}
type Pair = Readonly<Record<'publicKey' | 'privateKey', KeyObject>>;

const sigstore = createSigstore({ validFrom: new Date('2026-01-01T00:00:00Z') });
const party = async (by: Party['who']): Promise<Party> => ({
  ...{ sigstore, who: by, openpgp: await generateSigningKey({ owner: 'Tool', createdAt }) },
  minisign: generateKeyPairSync('ed25519'),
  cosign: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
});
const us = await party(who);
const them = await party({ ...who, identity: who.identity.replace('owner', 'stranger') });

/** What one set of documents is about, and who signs it. */
interface About {
  readonly by: Party;
  readonly name: string;
  readonly bytes: Buffer;
}
const ours: About = { by: us, name: 'tool-amd64', bytes: Buffer.from('the tool..') };
const other: About = { by: us, name: 'tool-arm64', bytes: Buffer.from('the other.') };
const evil: About = { by: them, name: 'tool-amd64', bytes: Buffer.from('the fool..') };

const hex = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const base64 = (...parts: readonly Uint8Array[]) => Buffer.concat(parts).toString('base64');
const sums = ({ name, bytes }: About) =>
  Buffer.from(`${hex(Buffer.from('x'))}  another\n${hex(bytes)}  ${name}\n`);
const blob = ({ by }: About, bytes: Buffer, more: object = {}) =>
  signing.signBlob(by.sigstore, signing.sha256Of(bytes), { ...by.who, at, certificate: { claims }, ...more });
const apiAnswer = (entries: readonly Parameters<typeof render.apiEntry>[0][]) =>
  Buffer.from(JSON.stringify(entries.map((entry) => render.apiEntry(entry))));
const bundle = (about: About, bytes: Buffer, more: object = {}) =>
  Buffer.from(render.blobBundle(blob(about, bytes, more)));

const provenance = 'https://slsa.dev/provenance/v1';
function statement({ name, bytes }: About, predicateType = provenance): Buffer {
  const predicate =
    predicateType === provenance
      ? {
          buildDefinition: {
            externalParameters: {
              workflow: { repository, ref: 'refs/tags/v1.0.0', path: '.github/workflows/release.yml' },
            },
          },
        }
      : { invocation: { configSource: { uri: `git+${repository}@refs/tags/v1.0.0` } } };
  return signing.renderStatement([{ name, digest: { sha256: hex(bytes) } }], { predicateType, predicate });
}
const envelope = (about: About) =>
  Buffer.from(
    render.envelopeBundle(
      signing.signEnvelope(about.by.sigstore, statement(about), {
        ...about.by.who,
        at,
        certificate: { claims },
      }),
    ),
  );

function detached(about: About, bytes: Buffer, prefix = ''): Documents {
  const signed = blob(about, bytes);
  return {
    [`${prefix}signature`]: Buffer.from(render.detachedSignature(signed)),
    [`${prefix}certificate`]: Buffer.from(render.detachedCertificate(signed)),
    [`${prefix}rekor-answer`]: apiAnswer(signed.entries),
  };
}

function keyed(about: About, bytes: Buffer) {
  const { privateKey, publicKey } = about.by.cosign;
  const signature = signBytes('sha256', bytes, privateKey);
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const sha256 = signing.sha256Of(bytes);
  const logged = keyedBlobBody({ sha256, signature, pem });
  return { signature, sha256, entries: [sigstore.rekor.append(logged, at)] };
}

function keyedBundle(about: About, bytes: Buffer): Buffer {
  const whole = JSON.parse(
    render.blobBundle({ ...keyed(about, bytes), certificate: Buffer.from('x'), timestamps: [] }),
  ) as {
    verificationMaterial: Record<string, unknown>;
  };
  const material = { ...whole.verificationMaterial };
  delete material['certificate'];
  return Buffer.from(
    JSON.stringify({ ...whole, verificationMaterial: { ...material, publicKey: { hint: 'x' } } }),
  );
}

const keyId = Buffer.from('assay-id');
function minisigned({ by: { minisign } }: About, bytes: Buffer): Buffer {
  const signature = signBytes(null, createHash('blake2b512').update(bytes).digest(), minisign.privateKey);
  const comment = 'timestamp:1763632800\tfile:tool';
  const all = signBytes(null, Buffer.concat([signature, Buffer.from(comment)]), minisign.privateKey);
  return Buffer.from(
    `untrusted comment: x\n${base64(Buffer.from('ED'), keyId, signature)}\ntrusted comment: ${comment}\n${base64(all)}\n`,
  );
}

const cases: Case[] = [];
type Made = Documents | Promise<Documents>;
async function add(
  name: string,
  spec: object,
  make: (about: About) => Made,
  about: unknown = subject,
): Promise<void> {
  const [method = ''] = name.split(',');
  const [genuine, others, stranger] = await Promise.all([ours, other, evil].map(async (one) => make(one)));
  cases.push({
    name,
    method,
    spec: { method, ...spec },
    subject: about,
    genuine: genuine!,
    other: others!,
    stranger: stranger!,
  });
}

const signer = { ...who, sourceRepository: repository, sourceRef: 'refs/tags/v{version}' };
await add('checksum', { checksums: 'SHA256SUMS', reason: learnt }, (one) => ({ checksums: sums(one) }));
const onGithub = {
  ...{ ...subject, tag: 'v1.0.0' },
  artifact: { ...artifact, url: 'https://github.com/owner/project/releases/download/v1.0.0/tool-amd64' },
};
await add(
  'github-digest',
  { immutable: true, reason: learnt },
  ({ name, bytes }) => {
    const asset = { name, state: 'uploaded', size: bytes.length, digest: `sha256:${hex(bytes)}` };
    const release = { tag_name: 'v1.0.0', draft: false, immutable: true, assets: [asset] };
    return { 'github-release': Buffer.from(JSON.stringify(release)) };
  },
  onGithub,
);
await add('pinned', { reason: learnt, digests: { '1.0.0': `sha256:${hex(ours.bytes)}` } }, ({ bytes }) => ({
  asset: bytes,
}));
const beside = { signature: '{asset}.sig', certificate: '{asset}.pem', rekor, ...signer };
await add('cosign-signature', { checksum: '{asset}.sha256', ...beside }, (one) => ({
  checksum: Buffer.from(hex(one.bytes)),
  ...detached(one, one.bytes),
}));
await add('cosign-blob, over checksums', { checksums: 'SHA256SUMS', ...beside }, (one) => ({
  checksums: sums(one),
  ...detached(one, sums(one)),
}));
await add('cosign-blob, over the file', beside, (one) => ({ asset: one.bytes, ...detached(one, one.bytes) }));
const byKey = { signature: '{asset}.sig', cosignKey: 'tool-cosign' };
await add('cosign-key, over checksums with a log', { ...byKey, checksums: 'SHA256SUMS', rekor }, (one) => {
  const { signature, entries } = keyed(one, sums(one));
  return {
    checksums: sums(one),
    signature: Buffer.from(base64(signature)),
    'rekor-answer': apiAnswer(entries),
  };
});
await add('cosign-key, over the file', byKey, (one) => ({
  asset: one.bytes,
  signature: Buffer.from(base64(keyed(one, one.bytes).signature)),
}));
await add(
  'cosign-key-bundle, over checksums',
  { checksums: 'SHA256SUMS', bundle: 'x.json', cosignKey: 'tool-cosign' },
  (one) => ({
    ...{ checksums: sums(one), 'sigstore-bundle': keyedBundle(one, sums(one)) },
  }),
);
await add('cosign-key-bundle, over the file', { bundle: 'x.json', cosignKey: 'tool-cosign' }, (one) => ({
  ...{ asset: one.bytes, 'sigstore-bundle': keyedBundle(one, one.bytes) },
}));
const sbomSpec = {
  ...{ url: 'https://example.org/{tag}/release.spdx', name: 'Release {tag}' },
  ...{ namespace: 'https://example.org/{tag}', path: 'bin/{asset}' },
};
await add('signed-sbom', { checksum: '{asset}.sha256', ...beside, document: sbomSpec }, (one) => {
  const files = new Map([[`bin/${one.name}`, one.bytes]]);
  const sbom = Buffer.from(
    renderSpdx({ name: 'Release v1.0.0', namespace: 'https://example.org/v1.0.0', created: at, files }),
  );
  return {
    checksum: Buffer.from(hex(one.bytes)),
    ...detached(one, one.bytes),
    sbom,
    ...detached(one, sbom, 'sbom-'),
  };
});
await add('in-toto', { bundle: 'x.jsonl', predicateTypes: [provenance], ...signer }, (one) => ({
  attestation: Buffer.concat([envelope(one), Buffer.from('\n'), envelope({ ...one, name: 'another' })]),
}));
const version02 = 'https://slsa.dev/provenance/v0.2';
await add(
  'in-toto, asked of the log',
  { bundle: 'x.jsonl', predicateTypes: [version02], rekor, ...signer },
  (one) => {
    const request = { ...one.by.who, at, certificate: { claims } };
    const { text, entries } = signing.signBareEnvelope(one.by.sigstore, statement(one, version02), request);
    return { attestation: Buffer.from(text), 'rekor-answer': apiAnswer(entries) };
  },
);
const [workflow = ''] = who.identity.split('@');
const attested = {
  predicateTypes: [provenance],
  workflow,
  issuer: who.issuer,
  sourceRepository: repository,
  sourceRef: 'refs/tags/v{version}',
};
const answered = (one: About) =>
  Buffer.from(`{"attestations":[{"bundle":${envelope(one).toString()},"repository_id":1,"bundle_url":""}]}`);
await add('github-attestation', attested, (one) => ({
  asset: one.bytes,
  'github-attestations': answered(one),
}));
await add(
  'github-attestation, of checksums',
  { ...attested, checksums: 'SHA256SUMS', attests: 'checksums' },
  (one) => ({
    ...{
      checksums: sums(one),
      'github-attestations': answered({ ...one, name: 'SHA256SUMS', bytes: sums(one) }),
    },
  }),
);
const github = createGithubSigstore(new Date('2026-01-01T00:00:00Z'));
await add(
  'github-attestation, of a private repository',
  { ...attested, githubRoot: 'github' },
  ({ by, name, bytes }) => {
    const subjects = [{ name, digest: { sha256: hex(bytes) } }];
    const signed = github.attest(subjects, { ...by.who, at, certificate: { claims } });
    return {
      asset: bytes,
      'github-attestations': Buffer.from(`{"attestations":[{"bundle":${signed}}]}`),
    };
  },
);
await add(
  'github-release-attestation',
  { githubRoot: 'github' },
  ({ by, name, bytes }) => {
    const sha1 = 'c'.repeat(40);
    const files = [{ name, digest: { sha256: hex(bytes) } }];
    const release = { repository: 'owner/project', tag: 'v1.0.0', sha1, files };
    const signed = github.attestRelease({ ...release, ...(by === us ? {} : { identity: who.identity }) }, at);
    return {
      'github-ref': Buffer.from(`{"object":{"sha":"${sha1}"}}`),
      'github-attestations': Buffer.from(`{"attestations":[{"bundle":${signed}}]}`),
    };
  },
  onGithub,
);
await add('sigstore-bundle', { bundle: '{asset}.json', checksum: '{asset}.sha256', ...signer }, (one) => ({
  ...{ checksum: Buffer.from(hex(one.bytes)), 'sigstore-bundle': bundle(one, one.bytes) },
}));
await add('sigstore-bundle, of the second log', { bundle: '{asset}.json', ...signer }, (one) => ({
  ...{ asset: one.bytes, 'sigstore-bundle': bundle(one, one.bytes, { log: 'v2' }) },
}));
await add('sigstore-checksums', { checksums: 'SHA256SUMS', bundle: 'x.json', ...signer }, (one) => ({
  ...{ checksums: sums(one), 'sigstore-bundle': bundle(one, sums(one)) },
}));
await add(
  'sigstore-checksums, by an old bundle',
  { checksums: 'SHA256SUMS', bundle: 'x.json', ...signer },
  (one) => ({
    ...{ checksums: sums(one), 'sigstore-bundle': Buffer.from(render.legacyBundle(blob(one, sums(one)))) },
  }),
);
const bySums = { checksums: 'SHA256SUMS', signedBy: 'tool' };
await add('openpgp-checksums, in clear', { ...bySums, form: 'clearsigned' }, async (one) => ({
  checksums: Buffer.from((await one.by.openpgp.clearsign(sums(one).toString(), at)).replaceAll('\r\n', '\n')),
}));
await add(
  'openpgp-checksums, beside',
  { ...bySums, form: 'detached', signature: 'SHA256SUMS.asc' },
  async (one) => ({
    ...{
      checksums: sums(one),
      'openpgp-signature': Buffer.from(await one.by.openpgp.signDetached(sums(one), at)),
    },
  }),
);
await add('openpgp-signature', { signature: '{asset}.asc', signedBy: 'tool' }, async ({ by, bytes }) => ({
  ...{ asset: bytes, 'openpgp-signature': Buffer.from(await by.openpgp.signDetached(bytes, at)) },
}));
const byMinisign = { signature: '{asset}.minisig', minisignKey: 'tool-minisign' };
await add('minisign, over checksums', { ...byMinisign, checksums: 'SHA256SUMS' }, (one) => ({
  ...{ checksums: sums(one), 'minisign-signature': minisigned(one, sums(one)) },
}));
await add('minisign, over the file', byMinisign, (one) => ({
  asset: one.bytes,
  'minisign-signature': minisigned(one, one.bytes),
}));

const suite = {
  uri: 'https://deb.example.org/tool',
  suite: 'stable',
  components: ['main'],
  signedBy: 'tool',
};
const debSubject = { name: 'tool', package: 'tool', platform, suites: [suite] };
function suiteOf({ name, bytes }: About) {
  const stanza = (named: string, arch: string) =>
    `Package: ${named}\nVersion: 1.0-1\nArchitecture: ${arch}\nFilename: pool/${named}_1.0-1_${arch}.deb\nSize: ${String(bytes.length)}\nSHA256: ${hex(bytes)}\n`;
  const packages = gzipSync(
    `${stanza('another', 'all')}\n${stanza('tool', name.endsWith('arm64') ? 'arm64' : 'amd64')}`,
  );
  const release = `Origin: Tool\nLabel: Tool\nSuite: stable\nCodename: trixie\nDate: Fri, 20 Nov 2026 00:00:00 UTC\nValid-Until: Sat, 28 Nov 2026 00:00:00 UTC\nArchitectures: amd64 arm64\nComponents: main\nSHA256:\n ${hex(packages)} ${String(packages.length)} main/binary-amd64/Packages.gz`;
  return { packages, release };
}
await add(
  'apt',
  {},
  async (one) => {
    const { packages, release } = suiteOf(one);
    return {
      inrelease: Buffer.from((await one.by.openpgp.clearsign(release, at)).replaceAll('\r\n', '\n')),
      packages,
    };
  },
  debSubject,
);
await add(
  'apt, Release and its signature',
  {},
  async (one) => {
    const { packages, release } = suiteOf(one);
    const text = Buffer.from(`${release}\n`);
    return {
      release: text,
      'release-signature': Buffer.from(await one.by.openpgp.signDetached(text, at)),
      packages,
    };
  },
  debSubject,
);

const imageSubject = {
  artifact: {
    name: 'pause',
    version: '3.10.2',
    type: 'oci-image',
    platform,
    url: 'https://registry.k8s.io/v2/pause/manifests/3.10.2',
  },
  repository: { registry: 'registry.k8s.io', repository: 'pause' },
  ...{ tag: '3.10.2', values: { version: '3.10.2', tag: '3.10.2' } },
};
await add(
  'cosign-image',
  { ...kubernetesImageSigner },
  (one) => {
    const version = one === ours ? '3.10.2' : '3.10.1';
    const isEvil = one === evil;
    const signingAs = isEvil ? { identity: 'stranger@example.org' } : {};
    const contents = releasePause(sigstore, { version, at, signing: signingAs });
    const index = contents.tags.get(version)!;
    const [first] = (JSON.parse(Buffer.from(index).toString()) as { manifests: { digest: string }[] })
      .manifests;
    const signatures = contents.tags.get(signatureTagOf(ociDigest(index)))!;
    // The promotion's signature alone, so that one document is one role.
    const whole = JSON.parse(Buffer.from(signatures).toString()) as { layers: { digest: string }[] };
    const promoted = { ...whole, layers: whole.layers.slice(1) };
    return {
      'oci-tagged': index,
      'cosign-signatures': Buffer.from(JSON.stringify(promoted)),
      'simple-signing': readContent(contents.blobs.get(promoted.layers[0]!.digest)!),
      'oci-manifest': contents.manifests.get(first!.digest)!,
    };
  },
  imageSubject,
);

const chartUrl = 'https://charts.example.org/stable/index.yaml';
const chart = { name: 'tool', version: '1.0.0' };
const chartArtifact = { name: 'tool', version: '1.0.0', type: 'helm-chart', platform };
const inIndex = {
  artifact: chartArtifact,
  chart,
  at: { kind: 'index', url: chartUrl, places: ['https://charts.example.org/stable'], sizeBytes: 40_000 },
};
const inRegistry = {
  artifact: chartArtifact,
  chart,
  at: {
    kind: 'registry',
    repository: { registry: 'registry.example.org', repository: 'charts/tool' },
    tag: '1.0.0',
  },
};
async function charts(one: About) {
  const name = one === other ? 'tool-operator' : 'tool';
  const made = await helmChart({ name, version: '1.0.0', at, key: one.by.openpgp });
  const archive = one === ours ? made.archive : one.bytes;
  const edit = (text: string) => text.replace(/sha256:\w+/, `sha256:${hex(archive)}`);
  const signed = await helmChart({ name, version: '1.0.0', at, key: one.by.openpgp, edit });
  const listed = { ...signed, name: 'tool', archive };
  return {
    index: helmIndex([listed]),
    registry: helmRepository('registry.example.org', 'charts', listed),
    provenance: Buffer.from(signed.provenance!),
  };
}
await add(
  'helm-provenance',
  { signedBy: 'tool' },
  async (one) => {
    const { index, provenance } = await charts(one);
    return { 'helm-index': index, 'helm-provenance': provenance };
  },
  inIndex,
);
await add(
  'helm-provenance, in a registry',
  { signedBy: 'tool' },
  async (one) => {
    const { registry, provenance } = await charts(one);
    return { 'helm-manifest': registry.tags.get('1.0.0'), 'helm-provenance': provenance };
  },
  inRegistry,
);
await add(
  'helm-digest',
  { reason: learnt },
  async (one) => ({ 'helm-index': (await charts(one)).index }),
  inIndex,
);

const minisignKey = base64(
  Buffer.from('Ed'),
  keyId,
  Buffer.from(us.minisign.publicKey.export({ format: 'jwk' }).x!, 'base64url'),
);
const trustedRoot = sigstore.trustedRoot();
const target = { name: 'trusted_root.json', bytes: Buffer.from(trustedRoot) };
const tuf = buildTufRepository({
  now: new Date(now),
  generations: [generateTufKeys()],
  target,
});
const [tufRoot = Buffer.alloc(0)] = tuf.roots;
const sigstorePin = sigstoreAnchor(trustedRoot, { bytes: tufRoot, version: 1 });
const githubRoots = Buffer.from(github.trustedRoots(trustedRoot));
const spki = us.cosign.publicKey.export({ type: 'spki', format: 'der' });
const pins = {
  version: 1,
  anchors: {
    sigstore: sigstorePin,
    tool: {
      type: 'openpgp',
      file: 'tool.asc',
      scope,
      sources: ['https://example.org/tool.asc'],
      fingerprints: [us.openpgp.fingerprint],
      learnt,
    },
    'tool-minisign': { type: 'minisign', file: 'tool-minisign.pub', key: minisignKey, scope, learnt },
    github: { type: 'github-sigstore', file: 'github.jsonl', digest: `sha256:${hex(githubRoots)}`, learnt },
    'tool-cosign': { type: 'cosign-key', file: 'tool-cosign.pub', fingerprint: hex(spki), scope, learnt },
  },
};
const trust: Record<string, Uint8Array> = {
  'pins.yaml': Buffer.from(JSON.stringify(pins)),
  [sigstorePin.file]: Buffer.from(trustedRoot),
  [sigstorePin.root.file]: tufRoot,
  'tool.asc': Buffer.from(us.openpgp.publicKeyArmored),
  'tool-minisign.pub': Buffer.from(`untrusted comment: x\n${minisignKey}\n`),
  'github.jsonl': githubRoots,
  'tool-cosign.pub': Buffer.from(us.cosign.publicKey.export({ type: 'spki', format: 'pem' })),
};
// Nothing asks for these: readers begin with them.
for (const [path, bytes] of tuf.files) trust[path.replace(/^.*\//, '')] ??= bytes;
const material = { now, trust, cases };
for (const one of cases) {
  const { result } = await judge(one, one.genuine, trustOf(material), now);
  console.log(`${one.name}: ${result.assurance}, ${Object.keys(one.genuine).join(', ')}`);
}
mkdirSync(dirname(materialFile), { recursive: true });
writeFileSync(materialFile, writtenMaterial(material));
