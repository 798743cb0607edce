/**
 * What a developer's tools are published as: each by the names that its real files have, with what stands beside them,
 * signed by a throwaway Sigstore and throwaway keys. `assay add` finds its way through these.
 */
import { createHash, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { mergePublications, type Publication } from './publication.ts';
import { publishGithub, type GithubRelease } from './sigstore/github.ts';
import { githubActionsIssuer } from './sigstore/github-claims.ts';
import { createGithubSigstore } from './sigstore/github-sigstore.ts';
import type { Sigstore } from './sigstore/instance.ts';
import { rekorRoutes } from './sigstore/rekor-api.ts';
import { blobBundle, detachedCertificate, detachedSignature, envelopeBundle } from './sigstore/renderings.ts';
import { renderStatement, sha256Of, signBareEnvelope, signBlob, signEnvelope } from './sigstore/signing.ts';
import type { SigningKey } from './signing-key.ts';

/** How a release's files are vouched for. `lies`: with a signature that was made for another repository. */
export type Proof =
  | 'nothing'
  | 'sums'
  | 'sums beside'
  | 'sums, bsd'
  | 'sums, md5'
  | 'openpgp sums'
  | 'openpgp file'
  | 'clearsigned sums'
  | 'keyless sums'
  | 'keyless sums, bundle'
  | 'keyless file'
  | 'keyless file, bundle'
  | 'attestation'
  | 'release attestation'
  | 'provenance'
  | 'minisign'
  | 'cosign key';

export interface ToolRelease {
  /** `owner/repository`; or the folder of a version on a server, with its host: `get.helm.sh`. */
  readonly at: string;
  readonly tag: string;
  /** For amd64 and arm64. */
  readonly files: readonly [string, string] | readonly [string];
  readonly proof: Proof;
  readonly sums?: string;
  /** What vouches for them besides. */
  readonly more?: readonly Proof[];
  /** What its release has for other machines, and other files. */
  readonly others?: readonly string[];
  /** Of a checksum file beside each; of an OpenPGP signature. */
  readonly ending?: '.sha256' | '.sha256sum' | '.sig';
  /** The name of a provenance. */
  readonly provenance?: string;
  /** With its ref. */
  readonly workflow?: string;
  /** Whose workflow signed, where it is not the repository's own. */
  readonly signedFor?: string;
  /** Other bytes than those that were vouched for are served. */
  readonly isTampered?: boolean;
  readonly isPrerelease?: boolean;
  /** Of before GitHub had digests. */
  readonly isOld?: boolean;
}

export interface ToolboxKeys {
  readonly openpgp: SigningKey;
}

const minisignKeys = generateKeyPairSync('ed25519');
const cosignKeys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keyId = Buffer.from('assay-id');

/** GitHub's own Sigstore, which signs immutable releases. */
const githubSigstore = createGithubSigstore(new Date('2026-01-01T00:00:00Z'));
export const githubRoot = githubSigstore.trustedRoot;

/** As its publisher shows it. */
export const minisignKeyText = Buffer.concat([
  ...[Buffer.from('Ed'), keyId],
  Buffer.from(minisignKeys.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url'),
]).toString('base64');

const cosignKeyPem = cosignKeys.publicKey.export({ type: 'spki', format: 'pem' }).toString();
export const cosignKeyFingerprint = createHash('sha256')
  .update(cosignKeys.publicKey.export({ type: 'spki', format: 'der' }))
  .digest('hex');

/** `at`: when all of it was signed and published. */
export async function publishTools(
  sigstore: Sigstore,
  tools: readonly ToolRelease[],
  { openpgp, at }: ToolboxKeys & { readonly at: Date },
): Promise<Publication> {
  const releases: GithubRelease[] = [];
  const files = new Map<string, Uint8Array>();
  for (const tool of tools) {
    const { assets, attestations } = await filesOf(sigstore, tool, openpgp, at);
    if (!tool.at.includes('/') || tool.at.includes('.')) {
      for (const [name, bytes] of assets) files.set(`${tool.at}/${name}`, bytes);
      continue;
    }
    const { isPrerelease = false, isOld = false } = tool;
    const isImmutable = [tool.proof, ...(tool.more ?? [])].includes('release attestation');
    releases.push({
      ...{ repository: tool.at, tag: tool.tag, publishedAt: at, assets, isPrerelease, isOld, isImmutable },
    });
    if (isImmutable) for (const [path, text] of attestedRelease(tool, assets, at)) files.set(path, text);
    for (const [hex, bundle] of attestations) {
      files.set(
        `api.github.com/repos/${tool.at}/attestations/sha256:${hex}`,
        Buffer.from(`{"attestations":[{"bundle":${bundle},"repository_id":1,"bundle_url":""}]}`),
      );
    }
  }
  return mergePublications(
    publishGithub({ releases, quota: 5000 }),
    { files },
    { routes: rekorRoutes(sigstore.rekor) },
  );
}

/** What GitHub's API says of an immutable release: the tag's commit, and GitHub's statement about it. */
function attestedRelease(
  { at: repository, tag, signedFor = repository }: ToolRelease,
  assets: ReadonlyMap<string, Uint8Array>,
  at: Date,
): ReadonlyMap<string, Buffer> {
  const sha1 = createHash('sha1').update(`${repository} ${tag}`).digest('hex');
  const files = [...assets].map(([name, bytes]) => ({
    name,
    digest: { sha256: sha256Of(bytes).toString('hex') },
  }));
  const bundle = githubSigstore.attestRelease({ repository: signedFor, tag, sha1, files }, at);
  const api = `api.github.com/repos/${repository}`;
  return new Map([
    [`${api}/git/ref/tags/${tag}`, Buffer.from(JSON.stringify({ object: { sha: sha1, type: 'commit' } }))],
    [`${api}/attestations/sha1:${sha1}`, Buffer.from(`{"attestations":[{"bundle":${bundle}}]}`)],
  ]);
}

async function filesOf(sigstore: Sigstore, tool: ToolRelease, openpgp: SigningKey, at: Date) {
  const { at: place, tag, files, others = [], proof, more = [], signedFor = place } = tool;
  const { sums = 'SHA256SUMS', ending = '.sha256', workflow = `release.yml@refs/tags/${tag}` } = tool;
  const bytesOf = (name: string) => Buffer.from(`the program ${name} of ${place} ${tag}\n`);
  const hexOf = (name: string) => sha256Of(bytesOf(name)).toString('hex');
  const all = [...files, ...others];
  const assets = new Map<string, Uint8Array>(all.map((name) => [name, bytesOf(name)]));
  const identity = `https://github.com/${signedFor}/.github/workflows/${workflow}`;
  const who = { identity, issuer: githubActionsIssuer, at };
  const text = Buffer.from(all.map((name) => `${hexOf(name)}  ${name}\n`).join(''));
  const put = (name: string, content: string | Uint8Array) => assets.set(name, Buffer.from(content));
  const attestations = new Map<string, string>();
  const subjects = files.map((name) => ({ name, digest: { sha256: hexOf(name) } }));
  const proofs = [proof, ...more];
  if (proofs.some((one) => /sums$|sums, bundle/.test(one))) put(sums, text);
  for (const one of proofs)
    switch (one) {
      case 'sums beside':
        for (const name of files) {
          const line = ending === '.sha256' ? hexOf(name) : `${hexOf(name)}  ${name}`;
          put(name + ending, `${line}\n`);
        }
        break;
      case 'sums, bsd':
        // As rhash writes them: of each file all digests in one line, and BSD's form beside it.
        put(sums, all.map((name) => `${name}  ${'0'.repeat(8)}  ${hexOf(name)}\n`).join(''));
        put(
          `${sums}-bsd`,
          all
            .map((name) => `CRC32 (${name}) = ${'0'.repeat(8)}\nSHA256 (${name}) = ${hexOf(name)}\n`)
            .join(''),
        );
        break;
      case 'sums, md5':
        put('MD5SUMS', `${createHash('md5').update('x').digest('hex')}  ${files[0]}\n`);
        break;
      case 'openpgp sums':
        put(sums + (tool.ending ?? '.asc'), await openpgp.signDetached(text, at));
        break;
      case 'openpgp file':
        for (const name of files) put(`${name}.asc`, await openpgp.signDetached(bytesOf(name), at));
        break;
      case 'clearsigned sums':
        put(`${sums}.asc`, (await openpgp.clearsign(text.toString(), at)).replaceAll('\r\n', '\n'));
        break;
      case 'keyless sums': {
        const signed = signBlob(sigstore, sha256Of(text), who);
        put(`${sums}.sig`, signed.signature.toString('base64'));
        put(`${sums}.pem`, detachedCertificate(signed));
        break;
      }
      case 'keyless sums, bundle':
        put(`${sums}.sigstore.json`, blobBundle(signBlob(sigstore, sha256Of(text), who)));
        break;
      case 'keyless file':
        for (const name of files) {
          const signed = signBlob(sigstore, sha256Of(bytesOf(name)), who);
          put(`${name}.sig`, detachedSignature(signed));
          put(`${name}.cert`, detachedCertificate(signed));
        }
        break;
      case 'keyless file, bundle':
        for (const name of files)
          put(`${name}.sigstore.json`, blobBundle(signBlob(sigstore, sha256Of(bytesOf(name)), who)));
        break;
      case 'attestation':
        for (const subject of subjects) {
          const statement = renderStatement([subject], { predicateType: 'https://slsa.dev/provenance/v1' });
          attestations.set(subject.digest.sha256, envelopeBundle(signEnvelope(sigstore, statement, who)));
        }
        break;
      case 'provenance': {
        const generator =
          'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml@refs/tags/v2.0.0';
        const uri = `git+https://github.com/${signedFor}@refs/tags/${tag}`;
        const statement = renderStatement(subjects, {
          predicateType: 'https://slsa.dev/provenance/v0.2',
          predicate: { invocation: { configSource: { uri } } },
        });
        const source = `https://github.com/${signedFor}`;
        const claims = { 5: signedFor, 6: `refs/tags/${tag}`, 12: source, 14: `refs/tags/${tag}` };
        const request = { ...who, identity: generator, certificate: { claims } };
        put(
          tool.provenance ?? 'multiple.intoto.jsonl',
          `${signBareEnvelope(sigstore, statement, request).text}\n`,
        );
        break;
      }
      case 'minisign':
        for (const name of files) put(`${name}.minisig`, minisigned(bytesOf(name)));
        put('minisign.pub', `untrusted comment: minisign public key\n${minisignKeyText}\n`);
        break;
      case 'cosign key':
        for (const name of files)
          put(`${name}.sig`, signBytes('sha256', bytesOf(name), cosignKeys.privateKey).toString('base64'));
        put('cosign.pub', cosignKeyPem);
        break;
      default:
    }
  if (tool.isTampered === true) for (const name of files) put(name, `${name}, replaced\n`);
  return { assets, attestations };
}

function minisigned(bytes: Uint8Array): string {
  const signature = signBytes(null, createHash('blake2b512').update(bytes).digest(), minisignKeys.privateKey);
  const comment = 'timestamp:1763632800';
  const all = signBytes(null, Buffer.concat([signature, Buffer.from(comment)]), minisignKeys.privateKey);
  const first = Buffer.concat([Buffer.from('ED'), keyId, signature]).toString('base64');
  return `untrusted comment: x\n${first}\ntrusted comment: ${comment}\n${all.toString('base64')}\n`;
}
