/**
 * A release as its catalogue entry says that upstream publishes it: for each verification and witness of the entry the
 * files that it names, signed by a throwaway Sigstore and keys of its own, and what GitHub's API and the log know of it.
 */
import { githubClaims } from '../../scripts/upstream/sigstore/github-claims.ts';
import { blobBundle, detachedCertificate } from '../../scripts/upstream/sigstore/renderings.ts';
import { renderStatement, sha256Of, signBareEnvelope } from '../../scripts/upstream/sigstore/signing.ts';
import { fillTemplate, nameFor, type FileNames } from '../../src/formats/own/template.ts';
import type { Asset } from '../../src/verify/method.ts';
import {
  github,
  keyedBundle,
  minisigned,
  signByKey,
  type AnchorField,
  type Telling,
} from './imported-keys.ts';
import { at, attest, sign, sigstore } from './throwaway-sigstore.ts';

/** Of any method that the importer writes. */
export interface ImportedSpec extends Readonly<Partial<Record<TextField, string>>> {
  readonly method: string;
  readonly checksums?: FileNames;
  readonly checksum?: FileNames;
  readonly signature?: FileNames;
  readonly certificate?: FileNames;
  readonly bundle?: FileNames;
  readonly predicateTypes?: readonly string[];
  readonly witnesses?: readonly ImportedSpec[];
}

type TextField =
  'identity' | 'workflow' | 'issuer' | 'sourceRepository' | 'sourceRef' | 'attests' | AnchorField;

/** What is published of one entry, by URL. */
export class ImportedRelease {
  /** Those of the release itself, and those that stand elsewhere. */
  readonly files = new Map<string, Buffer>();
  readonly #assets: readonly Published[];
  readonly #telling: Telling;

  /** `assets`: for each architecture, with the size of `bytesOf` it. */
  constructor(assets: readonly Asset[], { witnesses = [], ...own }: ImportedSpec, telling: Telling) {
    this.#telling = telling;
    this.#assets = assets.map((asset) => ({ asset, bytes: bytesOf(asset.fileName) }));
    for (const { asset, bytes } of this.#assets) this.files.set(asset.artifact.url, bytes);
    for (const one of [own, ...witnesses])
      for (const published of this.#assets) this.#publish(one, published);
  }

  #publish(spec: ImportedSpec, { asset, bytes }: Published): void {
    const listed = spec.checksums ?? spec.checksum;
    const checksums =
      listed === undefined ? undefined : this.#checksumFile(listed, asset, spec.method === 'checksum');
    const signed = Buffer.from(checksums ?? bytes);
    switch (spec.method) {
      case 'checksum':
        return;
      case 'cosign-blob': {
        const blob = sign(this.#signer(spec, asset), signed);
        this.#beside(spec.signature, asset, blob.signature.toString('base64'));
        this.#beside(spec.certificate, asset, detachedCertificate(blob));
        return;
      }
      case 'sigstore-bundle':
        // The digest is what the bundle is about, also where a file says it.
        this.#beside(spec.bundle, asset, blobBundle(sign(this.#signer(spec, asset), Buffer.from(bytes))));
        return;
      case 'sigstore-checksums':
        this.#beside(spec.bundle, asset, blobBundle(sign(this.#signer(spec, asset), signed)));
        return;
      case 'cosign-key':
      case 'cosign-key-bundle': {
        const keyed = signByKey(signed, this.#telling);
        this.#beside(spec.signature, asset, keyed.signature.toString('base64'));
        this.#beside(spec.bundle, asset, keyedBundle(keyed));
        return;
      }
      case 'minisign':
        this.#beside(spec.signature, asset, minisigned(signed, this.#telling));
        return;
      case 'github-attestation':
        this.#attest(
          spec,
          asset,
          checksums !== undefined && spec.attests === 'checksums' ? checksums : bytes,
        );
        return;
      case 'github-digest':
        // The API says it of all files.
        return;
      case 'github-release-attestation':
        this.#attestRelease(asset);
        return;
      case 'in-toto':
        this.#provenance(spec, asset);
        return;
      default:
        throw new TypeError(`nobody publishes for ${spec.method}`);
    }
  }

  /** All assets of the release whose checksum file it is; or a line for another one. */
  #checksumFile(names: FileNames, asset: Asset, isAll: boolean): Buffer {
    const url = urlBeside(names, asset);
    const known = this.files.get(url);
    if (known !== undefined) return known;
    const isForeign = isAll && this.#telling !== 'truth';
    const lines = this.#assets
      .filter((one) => urlBeside(names, one.asset) === url)
      .map(({ asset: { fileName }, bytes }) => {
        const name = isForeign ? `other-${fileName}` : fileName;
        return `${sha256Of(bytes).toString('hex')}  ${name}\n`;
      });
    const file = Buffer.from(lines.join(''));
    this.files.set(url, file);
    return file;
  }

  #beside(names: FileNames | undefined, asset: Asset, content: string): void {
    if (names === undefined) return;
    const url = urlBeside(names, asset);
    if (!this.files.has(url)) this.files.set(url, Buffer.from(content));
  }

  #attest(spec: ImportedSpec, { fileName, artifact, values }: Asset, bytes: Buffer): void {
    const name =
      spec.attests === 'checksums'
        ? fillTemplate(nameFor(spec.checksums ?? '', artifact.platform.arch), values)
        : fileName;
    const hex = sha256Of(bytes).toString('hex');
    const [predicateType = ''] = spec.predicateTypes ?? [];
    const bundle = attest({
      ...{ subjects: [{ name, digest: { sha256: hex } }], predicateType },
      ...this.#signer(spec, { values }),
    });
    const repository = (spec.sourceRepository ?? '').replace('https://github.com/', '');
    const url = `https://api.github.com/repos/${repository}/attestations/sha256:${hex}`;
    this.files.set(url, Buffer.from(`{"attestations":[{"bundle":${bundle}}]}`));
  }

  /** As slsa-github-generator publishes it: one envelope for all files, which is no bundle. */
  #provenance(spec: ImportedSpec, asset: Asset): void {
    const subjects = this.#assets
      .filter((one) => urlBeside(spec.bundle ?? '', one.asset) === urlBeside(spec.bundle ?? '', asset))
      .map(({ asset: { fileName }, bytes }) => ({
        name: fileName,
        digest: { sha256: sha256Of(bytes).toString('hex') },
      }));
    const { sourceRef, ...signer } = this.#signer(spec, asset);
    const [predicateType = ''] = spec.predicateTypes ?? [];
    const uri = `git+${spec.sourceRepository ?? ''}@${sourceRef}`;
    const predicate = { invocation: { configSource: { uri } } };
    const statement = renderStatement(subjects, { predicateType, predicate });
    this.#beside(spec.bundle, asset, `${signBareEnvelope(sigstore, statement, signer).text}\n`);
  }

  /** By GitHub, of all files of the release. */
  #attestRelease({ artifact, values: { tag = '' } }: Asset): void {
    const [, repository = ''] = /^https:\/\/github\.com\/([^/]+\/[^/]+)\//.exec(artifact.url) ?? [];
    const api = `https://api.github.com/repos/${repository}`;
    const sha1 = sha256Of(Buffer.from(artifact.url)).toString('hex').slice(0, 40);
    const files = this.#assets.map(({ asset: { fileName }, bytes }) => ({
      name: fileName,
      digest: { sha256: sha256Of(bytes).toString('hex') },
    }));
    const said = { repository, tag: this.#telling === 'truth' ? tag : `${tag}.9`, sha1, files };
    this.files.set(`${api}/git/ref/tags/${tag}`, Buffer.from(JSON.stringify({ object: { sha: sha1 } })));
    const answer = `{"attestations":[{"bundle":${github.attestRelease(said, at)}}]}`;
    this.files.set(`${api}/attestations/sha1:${sha1}`, Buffer.from(answer));
  }

  /** Who signs this release, or another one; where nothing of it names the release, a stranger. */
  #signer(spec: ImportedSpec, { values }: Pick<Asset, 'values'>) {
    const isTruth = this.#telling === 'truth';
    const { identity = spec.workflow ?? '', issuer = '', sourceRepository, sourceRef } = spec;
    const isBound = /\{(?:version|tag)\}/.test(`${identity} ${sourceRef ?? ''}`);
    const { version = '', tag = '' } = values;
    const other = { ...values, version: `${version}.9`, tag: `${tag}.9` };
    const filled = (template: string) => fillTemplate(template, isTruth ? values : other);
    const ref = sourceRef === undefined ? 'refs/heads/main' : filled(sourceRef);
    const name = wholeIdentity(filled(identity), ref);
    const repository = (sourceRepository ?? '').replace('https://github.com/', '');
    const of = sourceRepository === undefined ? {} : { 5: repository, 6: ref, 12: sourceRepository, 14: ref };
    return {
      ...{ identity: isTruth || isBound ? name : 'stranger@example.org', issuer, at, sourceRef: ref },
      certificate: { claims: { ...githubClaims(name, issuer), ...of } },
    };
  }
}

interface Published {
  readonly asset: Asset;
  readonly bytes: Buffer;
}

export function bytesOf(fileName: string): Buffer {
  return Buffer.from(`the bytes of ${fileName}\n`);
}

function urlBeside(names: FileNames, { artifact: { url, platform }, values }: Asset): string {
  return url.replace(/[^/]+$/, () => fillTemplate(nameFor(names, platform.arch), values));
}

/** A workflow has a ref in a certificate, and a repository a workflow. */
function wholeIdentity(identity: string, ref: string): string {
  if (!identity.startsWith('https://github.com/') || identity.includes('@')) return identity;
  return /\.ya?ml$/.test(identity)
    ? `${identity}@${ref}`
    : `${identity}/.github/workflows/release.yml@${ref}`;
}
