/**
 * An authority's own certificates: a root, and intermediates down to the one that issues. Each may be as wrong as a test
 * wants it, but for its signature.
 */
import { randomBytes } from 'node:crypto';
import { authorityExtensions, keyIdentifiers, signCertificate, type Name } from './certificate.ts';
import type { Der } from './der.ts';
import { generateEcdsaKey, type EcdsaKey } from './keys.ts';

const yearMs = 365 * 86_400_000;

/** What is to be otherwise in one of an authority's own certificates. */
export interface AuthorityLevel {
  /** In place of those that it would have. */
  readonly extensions?: (usual: readonly Der[]) => readonly Der[];
  readonly notAfter?: Date;
}

export interface AuthorityLevels {
  readonly root?: AuthorityLevel;
  /** From the root down; one where nothing is said, and none if empty. */
  readonly intermediates?: readonly AuthorityLevel[];
}

export interface AuthorityChain {
  /** The one that issues. */
  readonly own: { readonly name: Name; readonly key: EcdsaKey };
  /** From its certificate up to the root's. */
  readonly chain: readonly Der[];
}

/** Valid for ten years from `validFrom` on. `purpose`: the extended key usage of intermediates. */
export function createChain(
  validFrom: Date,
  commonName: string,
  purpose: Der,
  { root = {}, intermediates = [{}] }: AuthorityLevels,
): AuthorityChain {
  let issuer: AuthorityChain['own'] | undefined;
  const chain: Der[] = [];
  for (const [depth, level] of [root, ...intermediates].entries()) {
    const below = intermediates.length - depth;
    const suffix = depth === 0 ? '' : below === 0 ? '-intermediate' : `-intermediate-above-${below}`;
    const own = {
      key: generateEcdsaKey('P-384'),
      name: { organization: 'sigstore.dev', commonName: commonName + suffix },
    };
    const signer: AuthorityChain['own'] = issuer ?? own;
    const usual = [
      ...authorityExtensions(below),
      ...(depth === 0 ? [] : [purpose]),
      ...keyIdentifiers(own.key.spki, signer.key.spki),
    ];
    const certificate = signCertificate(
      {
        serial: serial(),
        issuer: signer.name,
        subject: own.name,
        notBefore: validFrom,
        notAfter: level.notAfter ?? new Date(validFrom.getTime() + 10 * yearMs),
        spki: own.key.spki,
        extensions: level.extensions?.(usual) ?? usual,
      },
      signer.key,
    );
    chain.unshift(certificate);
    issuer = own;
  }
  if (issuer === undefined) throw new TypeError('a chain has a root');
  return { own: issuer, chain };
}

/** 20 bytes, positive and without a zero in front. */
export function serial(): Buffer {
  const bytes = randomBytes(20);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0);
  return bytes;
}
