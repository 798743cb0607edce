/**
 * A release as its catalogue entry says that upstream publishes it: for each verification and witness of the entry the
 * files that it names, signed by a throwaway Sigstore and keys of its own. What is asked of GitHub's API and of the log
 * is answered from what was signed here.
 */
import { createHash, generateKeyPairSync, sign as signBytes, type KeyObject } from 'node:crypto';
import { canonicalJson } from '../../scripts/upstream/sigstore/canonical-json.ts';
import { githubClaims } from '../../scripts/upstream/sigstore/github-claims.ts';
import { apiEntry, blobBundle, detachedCertificate } from '../../scripts/upstream/sigstore/renderings.ts';
import { renderStatement, sha256Of, signBareEnvelope } from '../../scripts/upstream/sigstore/signing.ts';
import type { LogEntry } from '../../scripts/upstream/sigstore/transparency-log.ts';
import { fillTemplate, nameFor, type FileNames } from '../../src/formats/own/template.ts';
import type { DocumentStore, Need } from '../../src/model/need.ts';
import { cosignKey } from '../../src/verify/anchors/cosign-key.ts';
import { minisignKey } from '../../src/verify/anchors/minisign.ts';
import type { Asset, TrustSource } from '../../src/verify/method.ts';
import { judgedAt } from './judge-checksums.ts';
import { at, attest, sign, sigstore, trustedRoot } from './throwaway-sigstore.ts';
import { trusting } from './trusting.ts';

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
  | 'identity'
  | 'workflow'
  | 'issuer'
  | 'sourceRepository'
  | 'sourceRef'
  | 'attests'
  | 'minisignKey'
  | 'cosignKey';

/** `truth`: all of it right; `other release`: what vouches was made for another tag, or by a stranger. */
export type Telling = 'truth' | 'other release';

const [ec, strangersEc] = [0, 1].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' })) as [
  Pair,
  Pair,
];
const [ed, strangersEd] = [0, 1].map(() => generateKeyPairSync('ed25519')) as [Pair, Pair];
type Pair = Readonly<Record<'publicKey' | 'privateKey', KeyObject>>;

const keyId = Buffer.from('assay-id');
const base64 = (...parts: readonly Uint8Array[]) => Buffer.concat(parts).toString('base64');

/** What is published by URL, and what the log has, by signature. */
export class ImportedRelease implements DocumentStore {
  readonly #files = new Map<string, Buffer>();
  readonly #logged = new Map<string, readonly LogEntry[]>();
  readonly #assets: readonly Published[];
  readonly #telling: Telling;

  /** `assets`: for each architecture, with the size of `bytesOf` it. */
  constructor(assets: readonly Asset[], spec: ImportedSpec, telling: Telling = 'truth') {
    this.#telling = telling;
    this.#assets = assets.map((asset) => ({ asset, bytes: bytesOf(asset.fileName) }));
    for (const { asset, bytes } of this.#assets) this.#files.set(asset.artifact.url, bytes);
    const { witnesses = [], ...own } = spec;
    for (const one of [own, ...witnesses])
      for (const published of this.#assets) this.#publish(one, published);
  }

  read(need: Need) {
    if (need.kind === 'lookup') {
      const asked = Buffer.from(need.body).toString();
      const found = [...this.#logged].filter(([signature]) => asked.includes(signature));
      const answer = found.flatMap(([, entries]) => entries.map((entry) => apiEntry(entry)));
      return Promise.resolve({ bytes: Buffer.from(JSON.stringify(answer)) });
    }
    const bytes = this.#files.get(need.url);
    const isOptional = need.kind === 'file' && need.isOptional === true;
    if (bytes === undefined && !isOptional) throw new TypeError(`nothing is published at ${need.url}`);
    return Promise.resolve(bytes && { bytes });
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
        this.#logged.set(base64(blob.signature), blob.entries);
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
        const keyed = signByKey(signed, this.#telling === 'truth' ? ec : strangersEc);
        this.#beside(spec.signature, asset, base64(keyed.signature));
        this.#beside(spec.bundle, asset, keyedBundle(keyed));
        this.#logged.set(base64(keyed.signature), keyed.entries);
        return;
      }
      case 'minisign':
        this.#beside(spec.signature, asset, minisigned(signed, this.#telling === 'truth' ? ed : strangersEd));
        return;
      case 'github-attestation':
        this.#attest(
          spec,
          asset,
          checksums !== undefined && spec.attests === 'checksums' ? checksums : bytes,
        );
        return;
      case 'github-digest':
        this.#list(asset);
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
    const known = this.#files.get(url);
    if (known !== undefined) return known;
    const isForeign = isAll && this.#telling !== 'truth';
    const lines = this.#assets
      .filter((one) => urlBeside(names, one.asset) === url)
      .map(({ asset: { fileName }, bytes }) => {
        const name = isForeign ? `other-${fileName}` : fileName;
        return `${sha256Of(bytes).toString('hex')}  ${name}\n`;
      });
    const file = Buffer.from(lines.join(''));
    this.#files.set(url, file);
    return file;
  }

  /** What the API says of the release. */
  #list({ artifact: { url }, values: { tag = '' } }: Asset): void {
    const [, repository = ''] = /^https:\/\/github\.com\/([^/]+\/[^/]+)\//.exec(url) ?? [];
    // A file for both architectures is one file.
    const files = new Map(this.#assets.map(({ asset: { fileName }, bytes }) => [fileName, bytes]));
    const assets = [...files].map(([name, bytes]) => ({
      ...{ name, state: 'uploaded', size: bytes.length },
      digest: `sha256:${sha256Of(bytes).toString('hex')}`,
    }));
    const tagName = this.#telling === 'truth' ? tag : `${tag}.9`;
    const api = `https://api.github.com/repos/${repository}/releases/tags/${encodeURIComponent(tag)}`;
    this.#files.set(api, Buffer.from(JSON.stringify({ tag_name: tagName, draft: false, assets })));
  }

  #beside(names: FileNames | undefined, asset: Asset, content: string): void {
    if (names === undefined) return;
    const url = urlBeside(names, asset);
    if (!this.#files.has(url)) this.#files.set(url, Buffer.from(content));
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
    const url = `https://api.github.com/repos/${repository}/attestations/sha256:${hex}?per_page=100`;
    this.#files.set(url, Buffer.from(`{"attestations":[{"bundle":${bundle}}]}`));
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
    const { text, entries } = signBareEnvelope(sigstore, statement, { ...signer });
    const [, signature = ''] = /"sig":"([^"]+)"/.exec(text) ?? [];
    this.#beside(spec.bundle, asset, `${text}\n`);
    this.#logged.set(signature, entries);
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

function signByKey(bytes: Buffer, { publicKey, privateKey }: Pair) {
  const signature = signBytes('sha256', bytes, privateKey);
  const sha256 = sha256Of(bytes);
  const content = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const spec = {
    data: { hash: { algorithm: 'sha256', value: sha256.toString('hex') } },
    signature: {
      content: signature.toString('base64'),
      publicKey: { content: Buffer.from(content).toString('base64') },
    },
  };
  const body = canonicalJson({ apiVersion: '0.0.1', kind: 'hashedrekord', spec });
  const logged = { kind: 'hashedrekord', version: '0.0.1', bytes: Buffer.from(body) } as const;
  return { signature, sha256, entries: [sigstore.rekor.append(logged, at)] };
}

/** Of a key the bundle has no certificate. */
function keyedBundle(signed: ReturnType<typeof signByKey>): string {
  const whole = JSON.parse(blobBundle({ ...signed, certificate: Buffer.from('x'), timestamps: [] })) as {
    verificationMaterial: Record<string, unknown>;
  };
  const material = Object.entries(whole.verificationMaterial).filter(([name]) => name !== 'certificate');
  return JSON.stringify({
    ...whole,
    verificationMaterial: { ...Object.fromEntries(material), publicKey: { hint: 'x' } },
  });
}

function minisigned(bytes: Buffer, { privateKey }: Pair): string {
  const signature = signBytes(null, createHash('blake2b512').update(bytes).digest(), privateKey);
  const comment = 'timestamp:1763632800';
  const all = signBytes(null, Buffer.concat([signature, Buffer.from(comment)]), privateKey);
  const first = base64(Buffer.from('ED'), keyId, signature);
  return `untrusted comment: x\n${first}\ntrusted comment: ${comment}\n${base64(all)}\n`;
}

const known = { scope: [], learnt: 'here' };

/** The throwaway Sigstore, and the keys of truthful releases under whatever name. */
export const importedTrust: TrustSource = trusting({
  trustedRoot: () => Promise.resolve(trustedRoot),
  material: (kind, name) => {
    const open = kind.type === 'minisign' ? openMinisign(name) : openCosign(name);
    return open as Promise<never>;
  },
});

function openCosign(name: string) {
  const bytes = Buffer.from(ec.publicKey.export({ type: 'spki', format: 'pem' }));
  const der = ec.publicKey.export({ type: 'spki', format: 'der' });
  const fingerprint = createHash('sha256').update(der).digest('hex');
  const pin = { type: 'cosign-key' as const, file: 'tool.pub', fingerprint, ...known };
  return cosignKey.open(bytes, { name, kind: cosignKey, pin, file: fileOf(bytes) }, judgedAt);
}

function openMinisign(name: string) {
  const raw = Buffer.from(ed.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const key = base64(Buffer.from('Ed'), keyId, raw);
  const bytes = Buffer.from(`untrusted comment: x\n${key}\n`);
  const pin = { type: 'minisign' as const, file: 'tool.pub', key, ...known };
  return minisignKey.open(bytes, { name, kind: minisignKey, pin, file: fileOf(bytes) }, judgedAt);
}

function fileOf(bytes: Buffer) {
  return () => ({ name: 'tool.pub', path: 'tool.pub', bytes });
}
