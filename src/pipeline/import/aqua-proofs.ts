/** What aqua verifies of a tool, as verifications of the catalogue: the strongest first. */
import type {
  AquaAttestations,
  AquaChecksum,
  AquaCosign,
  AquaDownload,
  AquaRule,
} from '../../formats/upstream/aqua/registry.ts';
import type { Architecture } from '../../model/artifact.ts';
import { versionMark } from '../../formats/upstream/aqua/template.ts';
import { assetMark, Unsupported, type Tagged } from '../shared/release-names.ts';
import { fill } from './aqua-names.ts';

/** Of one architecture. */
export interface Released {
  readonly arch: Architecture;
  readonly rule: AquaRule;
  readonly tagged: Tagged;
  /** With marks. */
  readonly asset: string;
  /** The folder that the asset is in, with marks and a slash at its end. */
  readonly folder: string;
}

export interface Proof {
  readonly strength: 'attested' | 'signed' | 'checksum';
  /** With marks in its names. */
  readonly verification: Readonly<Record<string, unknown>>;
  /** A trust anchor that it needs: what is known of it. */
  readonly anchor?: Readonly<Record<string, unknown>>;
  /** What was assumed, since aqua's rule does not say it. */
  readonly assumed?: string;
}

export type Checked = Proof | { readonly lost: string; readonly strength: Proof['strength'] };

const github = 'https://github.com';
const actions = 'https://token.actions.githubusercontent.com';
const rekor = 'https://rekor.sigstore.dev';

function isOn<T extends { readonly enabled?: boolean | null | undefined }>(
  one: T | null | undefined,
): one is T {
  return one !== undefined && one !== null && one.enabled !== false;
}

/** All that aqua checks, each as it can be said here, or as what is lost. */
export function checksOf(released: Released): readonly Checked[] {
  const { rule } = released;
  const {
    checksum,
    cosign,
    minisign,
    slsa_provenance: provenance,
    github_artifact_attestations: attestations,
  } = rule;
  const checks: (() => Proof)[] = [];
  const strengths: Proof['strength'][] = [];
  const add = (strength: Proof['strength'], make: () => Proof) => {
    checks.push(make);
    strengths.push(strength);
  };
  if (isOn(attestations)) add('attested', () => attestation(attestations, released, rule, undefined));
  if (isOn(provenance) && provenance.type) {
    add('attested', () =>
      slsa(fileBeside(provenance, released, 'the provenance'), provenance.source_uri, released),
    );
  }
  if (isOn(cosign) && isCosign(cosign)) add('signed', () => signedByCosign(cosign, released, undefined));
  if (isOn(minisign)) add('signed', () => minisigned(minisign, released, undefined));
  if (isOn(checksum) && (checksum.type ?? checksum.asset ?? checksum.url)) {
    const file = () => checksumFileOf(checksum, released);
    const { cosign: signature, minisign: key, github_artifact_attestations: attested } = checksum;
    const before = checks.length;
    if (isOn(attested)) add('attested', () => attestation(attested, released, rule, file()));
    if (isOn(signature) && isCosign(signature))
      add('signed', () => signedByCosign(signature, released, file()));
    if (isOn(key)) add('signed', () => minisigned(key, released, file()));
    if (checks.length === before) add('checksum', () => plainChecksum(checksum, released));
  }
  return checks.map((make, index): Checked => {
    try {
      return make();
    } catch (error) {
      if (error instanceof Unsupported)
        return { lost: error.message, strength: strengths[index] ?? 'checksum' };
      throw error;
    }
  });
}

function isCosign({ opts, signature, certificate, key, bundle }: AquaCosign): boolean {
  return (opts ?? []).length > 0 || [signature, certificate, key, bundle].some((one) => one);
}

/** The checksum file's name, with marks. Throws Unsupported. */
function checksumFileOf(checksum: AquaChecksum, released: Released): string {
  const { algorithm } = checksum;
  if (algorithm && !['sha256', 'sha512'].includes(algorithm)) {
    throw new Unsupported(`the checksum file has ${algorithm}, which proves nothing`);
  }
  const { asset, replacements } = { asset: released.asset, replacements: checksum.replacements ?? undefined };
  const filling = { ...released, asset, ...(replacements && { replacements }) };
  if (checksum.type !== 'http') return fill(checksum.asset ?? '', filling);
  const url = (checksum.url ?? '').replaceAll('{{.AssetURL}}', released.folder + assetMark);
  return besideAt(fill(url, filling), released, 'the checksum file');
}

function plainChecksum(checksum: AquaChecksum, released: Released): Proof {
  const checksums = checksumFileOf(checksum, released);
  return {
    strength: 'checksum',
    verification: { method: 'checksum', checksums, reason: 'all that aqua knows of it' },
  };
}

/** `checksums`: the file that is signed, with marks; the asset itself otherwise. */
function minisigned(
  minisign: NonNullable<AquaRule['minisign']>,
  released: Released,
  checksums: string | undefined,
): Proof {
  const signed = checksums === undefined ? released : { ...released, asset: checksums };
  const signature = fileBeside(minisign, signed, 'the signature');
  const over = checksums === undefined ? {} : { checksums };
  return {
    strength: 'signed',
    verification: { method: 'minisign', ...over, signature, minisignKey: true },
    anchor: { type: 'minisign', key: minisign.public_key ?? undefined },
  };
}

/** A file that aqua downloads, by its name beside the asset. Throws Unsupported. */
function fileBeside(download: AquaDownload, released: Released, what: string): string {
  const { type, asset, url, repo_owner: owner, repo_name: name } = download;
  const { rule } = released;
  const isUrl = type === 'http' || [asset, url].findIndex(Boolean) === 1;
  if (isUrl) return besideAt(fill(url ?? '', released), released, what);
  const isHere =
    [undefined, null, '', rule.repo_owner].includes(owner) &&
    [undefined, null, '', rule.repo_name].includes(name);
  if (!isHere) throw new Unsupported(`${what} is in another repository`);
  if (!asset) throw new Unsupported(`nothing says where ${what} is`);
  return fill(asset, released);
}

function besideAt(url: string, { folder }: Released, what: string): string {
  if (url.startsWith(folder) && !url.slice(folder.length).includes('/')) return url.slice(folder.length);
  throw new Unsupported(`${what} is in another folder than the file`);
}

function attestation(
  { predicate_type: predicateType, signer_workflow: workflow, 'signer-workflow': older }: AquaAttestations,
  { tagged, arch }: Released,
  rule: AquaRule,
  checksums: string | undefined,
): Proof {
  const signer = workflow ?? older;
  if (!signer) throw new Unsupported('no workflow is named');
  const plain = fill(signer.replaceAll('\\.', '.'), { rule, tagged, arch });
  if (/[*+?()[\]|^$]/.test(plain)) throw new Unsupported(`the workflow is a pattern: ${signer}`);
  return {
    strength: 'attested',
    verification: {
      method: 'github-attestation',
      ...(checksums === undefined ? {} : { checksums, attests: 'checksums' }),
      predicateTypes: [predicateType ?? 'https://slsa.dev/provenance/v1'],
      workflow: plain.startsWith('https://') ? plain : `${github}/${plain.replace(/^github\.com\//, '')}`,
      issuer: actions,
      sourceRepository: repositoryOf(rule),
      sourceRef: tagRef(tagged),
    },
  };
}

function repositoryOf({ repo_owner: owner, repo_name: name }: AquaRule): string {
  if (!owner || !name) throw new Unsupported('no repository is named');
  return `${github}/${owner}/${name}`;
}

const generator = `${github}/slsa-framework/slsa-github-generator/.github/workflows`;

function slsa(bundle: string, source: string | null | undefined, { rule, tagged }: Released): Proof {
  return {
    strength: 'attested',
    verification: {
      method: 'in-toto',
      bundle,
      predicateTypes: ['https://slsa.dev/provenance/v0.2', 'https://slsa.dev/provenance/v1'],
      rekor,
      identity: `${generator}/generator_generic_slsa3.yml`,
      issuer: actions,
      sourceRepository: source ? `https://${source}` : repositoryOf(rule),
      sourceRef: tagRef(tagged),
    },
    assumed: 'the builder is the generic one of slsa-github-generator',
  };
}

interface CosignFlags {
  readonly identity?: string;
  readonly pattern?: string;
  readonly issuer?: string;
  readonly files: ReadonlyMap<string, string>;
  readonly isUnlogged: boolean;
}

function flagsOf({ opts }: AquaCosign, released: Released): CosignFlags {
  const words = (opts ?? []).flatMap((one) =>
    one.startsWith('--') && one.includes('=') ? one.split(/=(.*)/s).slice(0, 2) : [one],
  );
  const files = new Map<string, string>();
  const said: Record<string, string> = {};
  for (const [index, word] of words.entries()) {
    if (!word.startsWith('--')) continue;
    const value = words[index + 1] ?? '';
    if (['--signature', '--certificate', '--key', '--bundle'].includes(word)) files.set(word.slice(2), value);
    else said[word.slice(2)] = value;
  }
  const {
    'certificate-identity': exact,
    'certificate-identity-regexp': pattern,
    'certificate-oidc-issuer': issuer,
    ...others
  } = said;
  // What is wanted of the certificate besides would be lost without a word.
  const [other] = Object.keys(others).filter((name) => name.startsWith('certificate-'));
  if (other !== undefined) throw new Unsupported(`what --${other} wants cannot be said`);
  return {
    ...(exact === undefined ? {} : { identity: fill(exact, released) }),
    ...(pattern === undefined ? {} : { pattern: fill(pattern, released) }),
    ...(issuer === undefined ? {} : { issuer }),
    files,
    isUnlogged: 'insecure-ignore-tlog' in others,
  };
}

/** `checksums`: the file that is signed, with marks; the asset itself otherwise. */
function signedByCosign(cosign: AquaCosign, released: Released, checksums: string | undefined): Proof {
  const flags = flagsOf(cosign, released);
  const signed = { ...released, asset: checksums ?? released.asset };
  const file = (role: 'signature' | 'certificate' | 'key' | 'bundle') => {
    const [given, url] = [cosign[role], flags.files.get(role)];
    if (given) return fileBeside(given, signed, `the ${role}`);
    return url === undefined ? undefined : besideAt(fill(url, signed), released, `the ${role}`);
  };
  const over = checksums === undefined ? {} : { checksums };
  if (cosign.key ?? flags.files.has('key')) {
    const [signature, bundle] = [file('signature'), file('bundle')];
    const proof = bundle === undefined ? { signature } : { bundle };
    if (Object.values(proof).includes(undefined)) throw new Unsupported('no signature is named');
    const source = cosign.key?.url ?? flags.files.get('key');
    return {
      strength: 'signed',
      verification: {
        method: bundle === undefined ? 'cosign-key' : 'cosign-key-bundle',
        ...{ ...over, ...proof, cosignKey: true },
        ...(flags.isUnlogged || bundle !== undefined ? {} : { rekor }),
      },
      anchor: { type: 'cosign-key', source: source && fill(source, released) },
    };
  }
  const who = identityOf(flags, released);
  const bundle = file('bundle');
  if (bundle !== undefined) {
    const method = checksums === undefined ? 'sigstore-bundle' : 'sigstore-checksums';
    return { strength: 'signed', verification: { method, ...over, bundle, ...who } };
  }
  const [signature, certificate] = [file('signature'), file('certificate')];
  if (signature === undefined || certificate === undefined) throw new Unsupported('no signature is named');
  return {
    strength: 'signed',
    verification: { method: 'cosign-blob', ...over, signature, certificate, rekor, ...who },
  };
}

/** Identities are compared exactly: of a pattern only what is one identity, or one workflow at any ref. */
function identityOf({ identity, pattern, issuer = actions }: CosignFlags, { rule, tagged }: Released) {
  if (identity !== undefined) {
    const isOthers = identity.startsWith(`${github}/`) && !identity.startsWith(`${repositoryOf(rule)}/`);
    return { identity, issuer, ...(isOthers ? { sourceRepository: repositoryOf(rule) } : {}) };
  }
  if (pattern === undefined) throw new Unsupported('no identity is named');
  const plain = pattern
    .replace(/^\^/, '')
    .replace(/\$$/, '')
    .replaceAll(/\\Q(.*?)\\E/g, '$1')
    .replaceAll('\\.', '.');
  const repository = repositoryOf(rule);
  const [, workflow = '', ref = ''] = /^([^@]*)@(.*)$/.exec(plain) ?? [];
  const isTagged = /^(?:\.[*+]|refs\/tags\/.*|refs\/\(tags\/[^)]*\))$/.test(ref);
  // Whatever workflow of the repository, or of its owner: of ours, and for the tag.
  const isAny = workflow === `${repository}/.github/workflows/.+.ya?ml` && isTagged;
  if (isAny || (workflow === '' && `${repository}/`.startsWith(plain))) {
    return { identity: repository, issuer, ...sourceOf(rule, tagged) };
  }
  if (!isTagged || /[*+?()[\]|^$\\]/.test(workflow) || !/\.ya?ml$/.test(workflow)) {
    throw new Unsupported(`whose signature it is, is a pattern: ${pattern}`);
  }
  if (workflow.startsWith(`${repository}/`) && ref.startsWith('refs/')) {
    return { identity: `${workflow}@${tagRef(tagged)}`, issuer };
  }
  return { identity: workflow, issuer, ...sourceOf(rule, tagged) };
}

function sourceOf(rule: AquaRule, tagged: Tagged) {
  return { sourceRepository: repositoryOf(rule), sourceRef: tagRef(tagged) };
}

/** With the mark. */
function tagRef({ prefix }: Tagged): string {
  return `refs/tags/${prefix}${versionMark}`;
}
