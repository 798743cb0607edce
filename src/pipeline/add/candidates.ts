/**
 * What could vouch for a release's files, from the names of what is published beside them: each as a verification of the
 * catalogue that lacks only whose signature it is. Nothing is read here.
 */
import { checksumFilesFor } from '../../formats/upstream/release-files.ts';
import type { Architecture } from '../../model/artifact.ts';
import { assetMark, unify, Unsupported, type Names, type Tagged } from '../shared/release-names.ts';
import { versionMark } from '../../formats/upstream/aqua/template.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Where it stands whose signature it is. */
export type SignedBy =
  | { readonly in: 'bundle'; readonly file: string }
  | { readonly in: 'certificate'; readonly file: string; readonly signature: string }
  | { readonly in: 'attestations' }
  | { readonly in: 'release' }
  | { readonly in: 'key'; readonly kind: 'openpgp' | 'minisign' | 'cosign-key'; readonly field: string }
  | { readonly in: 'nothing' };

export interface Candidate {
  /** For people. */
  readonly what: string;
  /** Names of files, for people. */
  readonly files: readonly string[];
  readonly verification: Fields;
  readonly signedBy: SignedBy;
}

export interface Published {
  readonly names: readonly string[];
  /** The wanted file for each architecture. */
  readonly assets: Names;
  readonly tagged: Tagged;
  /** Of GitHub, where attestations can be asked for. */
  readonly isGithub: boolean;
  readonly isImmutable: boolean;
  /** Does a file hold an OpenPGP message: a signature, or a text that is signed? */
  readonly isOpenpgp: (name: string) => boolean;
  readonly isClearsigned: (name: string) => boolean;
}

/** All that the names allow, the strongest first. */
export function candidatesFor(published: Published): readonly Candidate[] {
  const checksums = checksumsOf(published);
  const over = checksums.flatMap((names) => overFile(published, names));
  return [
    ...attested(published, checksums[0]),
    ...provenances(published),
    ...overFile(published, undefined),
    ...over.filter(({ signedBy }) => signedBy.in !== 'key'),
    ...over.filter(({ signedBy }) => signedBy.in === 'key'),
    // Behind those over a checksum file, which has the file's name in it.
    ...openpgp(published, undefined),
    ...attestedRelease(published),
    ...checksums.slice(0, 1).map((names): Candidate => ({
      what: 'checksum file',
      files: distinct(names),
      verification: {
        method: 'checksum',
        checksums: template(published, names),
        reason: 'assay add looked for a signature at its upstream, and found none that it could verify',
      },
      signedBy: { in: 'nothing' },
    })),
    ...hostsWord(published),
  ];
}

/** Behind what its publisher signs: it says nothing of who built the files. */
function attestedRelease({ isGithub, isImmutable }: Published): readonly Candidate[] {
  const verification = { method: 'github-release-attestation' };
  const by: Candidate = {
    what: "GitHub's attestation of the release",
    files: [],
    verification,
    signedBy: { in: 'release' },
  };
  return isGithub && isImmutable ? [by] : [];
}

/** Where there is nothing else. */
function hostsWord({ isGithub, isImmutable }: Published): readonly Candidate[] {
  const reason = 'assay add found nothing else at its upstream that vouches for it';
  const immutable = isImmutable ? { immutable: true } : {};
  const verification = { method: 'github-digest', ...immutable, reason };
  const word: Candidate = {
    what: "GitHub's own digest",
    files: [],
    verification,
    signedBy: { in: 'nothing' },
  };
  return isGithub ? [word] : [];
}

/** Checksum files, as names for all architectures: those that some architecture lacks are none. */
function checksumsOf({ assets, names }: Published): readonly Names[] {
  const all = [...assets].map(([arch, asset]) => [arch, checksumFilesFor(asset, arch, names)] as const);
  const count = Math.min(...all.map(([, files]) => files.length));
  return Array.from(
    { length: count },
    (_, at) => new Map(all.map(([arch, files]) => [arch, files[at] ?? ''])),
  );
}

function attested(published: Published, checksums: Names | undefined): readonly Candidate[] {
  if (!published.isGithub) return [];
  // Of SHA-256: GitHub knows no other digest.
  const isSha256 = checksums !== undefined && ![...checksums.values()].some((name) => /sha512/i.test(name));
  return [
    {
      what: 'attestation by GitHub',
      files: [],
      verification: {
        method: 'github-attestation',
        ...(isSha256 ? { checksums: template(published, checksums) } : {}),
        predicateTypes: ['https://slsa.dev/provenance/v1'],
      },
      signedBy: { in: 'attestations' },
    },
  ];
}

function provenances(published: Published): readonly Candidate[] {
  const { names, assets } = published;
  const shared = names.filter((name) => name.endsWith('.intoto.jsonl'));
  const own = beside(published, assets, ['.intoto.jsonl']);
  const ownNames = own === undefined ? [] : [own];
  const one = shared.length === 1 && own === undefined ? [same(assets, shared[0] ?? '')] : [];
  return [...ownNames, ...one].map((files) => ({
    what: 'SLSA provenance',
    files: distinct(files),
    verification: {
      method: 'in-toto',
      bundle: template(published, files),
      predicateTypes: ['https://slsa.dev/provenance/v0.2', 'https://slsa.dev/provenance/v1'],
      rekor,
    },
    signedBy: { in: 'bundle', file: first(files) },
  }));
}

const rekor = 'https://rekor.sigstore.dev';
const bundles = ['.sigstore.json', '.sigstore', '.bundle', '.cosign.bundle', '.sigstore.bundle'];
const certificates = ['.pem', '.crt', '.cert', '.cert.pem'];

/** Signatures over a checksum file; over the files themselves where there is none. */
function overFile(published: Published, checksums: Names | undefined): readonly Candidate[] {
  const signed = checksums ?? published.assets;
  const what = checksums === undefined ? 'the file' : `the checksum file (${distinct(checksums).join(', ')})`;
  const sums = checksums === undefined ? {} : { checksums: template(published, checksums) };
  const found: Candidate[] = [];
  const add = (noun: string, files: Names, verification: Fields, signedBy: SignedBy) =>
    found.push({ what: `${noun} over ${what}`, files: distinct(files), verification, signedBy });
  const bundle = beside(published, signed, bundles);
  if (bundle !== undefined) {
    const method = checksums === undefined ? 'sigstore-bundle' : 'sigstore-checksums';
    const verification = { method, ...sums, bundle: template(published, bundle) };
    add('Sigstore bundle', bundle, verification, { in: 'bundle', file: first(bundle) });
  }
  const signature = beside(published, signed, ['.sig']);
  const certificate = beside(published, signed, certificates);
  if (signature !== undefined && !published.isOpenpgp(first(signature))) {
    const names = { ...sums, signature: template(published, signature) };
    if (certificate !== undefined) {
      const verification = {
        ...{ method: 'cosign-blob', ...names, certificate: template(published, certificate), rekor },
      };
      const by = { in: 'certificate', file: first(certificate), signature: first(signature) } as const;
      add('cosign signature and certificate', signature, verification, by);
    } else {
      const by = { in: 'key', kind: 'cosign-key', field: 'cosignKey' } as const;
      add('cosign signature by a key', signature, { method: 'cosign-key', ...names }, by);
    }
  }
  const minisig = beside(published, signed, ['.minisig']);
  if (minisig !== undefined) {
    const verification = { method: 'minisign', ...sums, signature: template(published, minisig) };
    add('minisign signature', minisig, verification, { in: 'key', kind: 'minisign', field: 'minisignKey' });
  }
  if (checksums !== undefined) found.push(...openpgp(published, checksums));
  return found;
}

function openpgp(published: Published, checksums: Names | undefined): readonly Candidate[] {
  const by = { in: 'key', kind: 'openpgp', field: 'signedBy' } as const;
  const files = beside(published, checksums ?? published.assets, ['.asc', '.sig', '.gpg']);
  if (files === undefined || !published.isOpenpgp(first(files))) return [];
  const isClearsigned = published.isClearsigned(first(files));
  const what = (signed: string) => ({
    ...{ what: `OpenPGP signature over ${signed}`, files: distinct(files), signedBy: by },
  });
  if (checksums === undefined) {
    const verification = { method: 'openpgp-signature', signature: template(published, files) };
    // A signed message says nothing of the file beside it.
    return isClearsigned ? [] : [{ ...what('the file'), verification }];
  }
  const verification = isClearsigned
    ? { method: 'openpgp-checksums', form: 'clearsigned', checksums: template(published, files) }
    : {
        ...{ method: 'openpgp-checksums', form: 'detached', checksums: template(published, checksums) },
        signature: template(published, files),
      };
  return [{ ...what(`the checksum file (${distinct(checksums).join(', ')})`), verification }];
}

/** With the first of the endings that each of them has. */
function beside({ names }: Published, signed: Names, endings: readonly string[]): Names | undefined {
  const ending = endings.find((one) => [...signed.values()].every((name) => names.includes(name + one)));
  return ending === undefined ? undefined : new Map([...signed].map(([arch, name]) => [arch, name + ending]));
}

function same(assets: Names, name: string): Names {
  return new Map([...assets.keys()].map((arch) => [arch, name]));
}

function first(names: Names): string {
  return [...names.values()][0] ?? '';
}

function distinct(names: Names): readonly string[] {
  return [...new Set(names.values())];
}

/** As the catalogue writes names: by the file's own where they begin with it. Throws Unsupported. */
export function template(
  { assets, tagged }: Published,
  names: Names,
): string | Partial<Record<Architecture, string>> {
  const isOwn =
    names !== assets && [...names].every(([arch, name]) => name.startsWith(`${assets.get(arch) ?? '\n'}.`));
  const relative = [...names].map(([arch, name]): [Architecture, string] => [
    arch,
    isOwn ? assetMark + name.slice((assets.get(arch) ?? '').length) : marked(name, tagged),
  ]);
  const unified = unify(new Map(relative), tagged);
  // A map names both; and without {arch} one file for one architecture is one name.
  if (typeof unified === 'string' || Object.keys(unified).length === 2) return unified;
  throw new Unsupported(`${distinct(names).join(', ')}: no one name for them`);
}

/** The version in a name, where it stands by itself. */
export function marked(name: string, { version }: Pick<Tagged, 'version'>): string {
  const literal = version.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return name.replaceAll(new RegExp(`(?<![0-9.])${literal}(?![0-9]|\\.[0-9])`, 'g'), versionMark);
}
