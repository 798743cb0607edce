/** What aqua verifies of a tool, as verifications of the catalogue: the strongest first. */
import type {
  AquaAttestations,
  AquaChecksum,
  AquaCosign,
  AquaRule,
} from '../../formats/upstream/aqua/registry.ts';
import { assetMark, Unsupported } from '../shared/release-names.ts';
import { signedByCosign } from './aqua-cosign.ts';
import { fill } from './aqua-names.ts';
import {
  actions,
  besideAt,
  fileBeside,
  github,
  rekor,
  repositoryOf,
  tagRef,
  type Checked,
  type Proof,
  type Released,
} from './aqua-released.ts';

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
    github_immutable_release: immutable,
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
  // Last of those that are attested: it says nothing of who built the file.
  if (immutable === true) add('attested', () => immutableRelease);
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

/** Where nothing else is left, what GitHub itself says of a release's file. */
export function hostsWord(released: readonly Released[], lost: readonly string[]): Proof | undefined {
  const isOnGithub = released.every(({ rule: { type } }) => type === 'github_release');
  const isWeak = lost.every((reason) => reason.endsWith(provesNothing));
  if (!isOnGithub || !isWeak) return undefined;
  const reason = lost.length === 0 ? 'aqua verifies nothing of it' : 'aqua has digests that prove nothing';
  return { strength: 'checksum', verification: { method: 'github-digest', reason } };
}

/** By GitHub's own Sigstore, whose root a person pins under the name that docs/trust.md uses. */
const immutableRelease: Proof = {
  strength: 'attested',
  verification: { method: 'github-release-attestation', githubRoot: 'github' },
  anchor: { type: 'github-sigstore', name: 'github' },
};

function isCosign({ opts, signature, certificate, key, bundle }: AquaCosign): boolean {
  return (opts ?? []).length > 0 || [signature, certificate, key, bundle].some((one) => one);
}

/** Of MD5 and SHA-1. */
const provesNothing = 'which proves nothing';

/** The checksum file's name, with marks. Throws Unsupported. */
function checksumFileOf(checksum: AquaChecksum, released: Released): string {
  const { algorithm } = checksum;
  if (algorithm && !['sha256', 'sha512'].includes(algorithm)) {
    throw new Unsupported(`the checksum file has ${algorithm}, ${provesNothing}`);
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
