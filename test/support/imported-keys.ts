/** Throwaway keys that the releases of imported entries are signed by, and a trust directory that pins them. */
import { createHash, generateKeyPairSync, sign as signBytes, type KeyObject } from 'node:crypto';
import { createGithubSigstore } from '../../scripts/upstream/sigstore/github-sigstore.ts';
import { keyedBlobBody } from '../../scripts/upstream/sigstore/log-bodies.ts';
import { blobBundle } from '../../scripts/upstream/sigstore/renderings.ts';
import { sha256Of } from '../../scripts/upstream/sigstore/signing.ts';
import { at, sigstore, validFrom } from './throwaway-sigstore.ts';

/** `truth`: all of it right; `other release`: what vouches was made for another tag, or by a stranger, or is not there. */
export type Telling = 'truth' | 'other release';

type Pair = Readonly<Record<'publicKey' | 'privateKey', KeyObject>>;

const ec: Pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const strangersEc: Pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed: Pair = generateKeyPairSync('ed25519');
const strangersEd: Pair = generateKeyPairSync('ed25519');
const keyId = Buffer.from('assay-id');
const base64 = (...parts: readonly Uint8Array[]) => Buffer.concat(parts).toString('base64');

/** GitHub's own Sigstore. */
export const github = createGithubSigstore(validFrom);

/** A signature that the log knows. */
export function signByKey(bytes: Buffer, telling: Telling) {
  const { publicKey, privateKey } = telling === 'truth' ? ec : strangersEc;
  const [signature, sha256] = [signBytes('sha256', bytes, privateKey), sha256Of(bytes)];
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  return {
    signature,
    sha256,
    entries: [sigstore.rekor.append(keyedBlobBody({ sha256, signature, pem }), at)],
  };
}

/** Of a key the bundle has no certificate. */
export function keyedBundle(signed: ReturnType<typeof signByKey>): string {
  const whole = JSON.parse(blobBundle({ ...signed, certificate: Buffer.from('x'), timestamps: [] })) as {
    verificationMaterial: Record<string, unknown>;
  };
  const material = Object.entries(whole.verificationMaterial).filter(([name]) => name !== 'certificate');
  return JSON.stringify({
    ...whole,
    verificationMaterial: { ...Object.fromEntries(material), publicKey: { hint: 'x' } },
  });
}

export function minisigned(bytes: Buffer, telling: Telling): string {
  const { privateKey } = telling === 'truth' ? ed : strangersEd;
  const signature = signBytes(null, createHash('blake2b512').update(bytes).digest(), privateKey);
  const comment = 'timestamp:1763632800';
  const all = signBytes(null, Buffer.concat([signature, Buffer.from(comment)]), privateKey);
  const first = base64(Buffer.from('ED'), keyId, signature);
  return `untrusted comment: x\n${first}\ntrusted comment: ${comment}\n${base64(all)}\n`;
}

export interface PinnedAnchors {
  readonly anchors: Readonly<Record<string, object>>;
  /** By name, in the trust directory. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** What pins the keys of truthful releases under the names that entries have for them, each for its place. */
export function pinKeys(named: Readonly<Record<AnchorField, ReadonlyMap<string, string>>>): PinnedAnchors {
  const cosign = Buffer.from(ec.publicKey.export({ type: 'spki', format: 'pem' }));
  const fingerprint = createHash('sha256')
    .update(ec.publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
  const raw = Buffer.from(ed.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const key = base64(Buffer.from('Ed'), keyId, raw);
  const root = Buffer.from(github.trustedRoot);
  const [files, anchors] = [new Map<string, Uint8Array>(), new Map<string, object>()];
  const pin = (
    names: ReadonlyMap<string, string>,
    ending: string,
    bytes: Uint8Array,
    anchorFor: (scope: readonly string[]) => object,
  ) => {
    for (const [name, place] of names) {
      files.set(`${name}${ending}`, bytes);
      anchors.set(name, { file: `${name}${ending}`, learnt: 'here', ...anchorFor([place]) });
    }
  };
  pin(named.cosignKey, '.pub', cosign, (scope) => ({ type: 'cosign-key', fingerprint, scope }));
  pin(named.minisignKey, '.pub', Buffer.from(`untrusted comment: x\n${key}\n`), (scope) => ({
    type: 'minisign',
    key,
    scope,
  }));
  const digest = `sha256:${sha256Of(root).toString('hex')}`;
  pin(named.githubRoot, '.json', root, () => ({ type: 'github-sigstore', digest }));
  return { files, anchors: Object.fromEntries(anchors) };
}

export type AnchorField = 'cosignKey' | 'minisignKey' | 'githubRoot';
