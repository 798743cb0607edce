/** A repository of one package, before it is signed. */
import { createHash } from 'node:crypto';
import type { PrivateKey } from 'openpgp';
import type { Random } from '../fuzz/random.ts';
import type { SignatureRequest } from '../support/openpgp.ts';

export interface Keys {
  /** The file that both are given. */
  readonly keyring: Uint8Array;
  readonly good: PrivateKey;
  readonly [name: string]: PrivateKey | Uint8Array;
}

type Fields = Record<string, string | undefined>;

export interface Draft {
  readonly stanza: Fields;
  /** Below the first, where there is a second one. */
  readonly stanzas: Fields[];
  readonly release: Fields;
  /** Sections of digests: by algorithm, as lines. */
  readonly sections: Map<string, string[]>;
  deb: Buffer;
  packages: (text: string) => string;
  releaseText: (text: string) => string;
  sign: readonly Partial<SignatureRequest>[];
  /** A block of armor for each signature, in place of one for all. */
  isApart: boolean;
  /** What is published as InRelease, from what is signed; nothing where it says nothing. */
  inRelease: (message: string) => string | undefined;
  /** Release.gpg; binary signatures, where nothing else is said. */
  detached?: readonly Partial<SignatureRequest>[];
}

export type Fault = (draft: Draft, random: Random, keys: Keys) => void;

export const day = 86_400_000;
export const utc = (ms: number) => new Date(ms).toUTCString().replace('GMT', 'UTC');

const algorithms: Readonly<Record<string, string>> = {
  ...{ MD5Sum: 'md5', SHA1: 'sha1', SHA256: 'sha256', SHA512: 'sha512' },
};

export const hex = (algorithm: string, bytes: Uint8Array) =>
  createHash(algorithm).update(bytes).digest('hex');

export function renderFields(fields: Fields): string {
  return Object.entries(fields)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}\n`]))
    .join('');
}

export function renderIndex({ stanza, stanzas }: Draft): Buffer {
  return Buffer.from([stanza, ...stanzas].map(renderFields).join('\n'));
}

/** Says the index's digests, by these algorithms and no other. */
export function list(draft: Draft, only: readonly string[]): void {
  const index = renderIndex(draft);
  draft.sections.clear();
  for (const name of only) {
    const digest = hex(algorithms[name]!, index);
    draft.sections.set(name, [`${digest} ${String(index.length)} main/binary-amd64/Packages`]);
  }
}
