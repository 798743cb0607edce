/** How the report writes what is longer, or said otherwise, in files. */
import type { ProofChain } from '../../formats/own/proof-chain.ts';

export type Signer = ProofChain['links'][number]['signers'][number];

/** At most so many characters: the middle goes, since ends tell names apart. */
export function cut(text: string, maxLength: number): string {
  const characters = Array.from(text);
  if (characters.length <= maxLength) return text;
  const head = Math.ceil((maxLength - 1) / 2);
  return `${characters.slice(0, head).join('')}…${characters.slice(head + 1 - maxLength).join('')}`;
}

/** The last segment of a URL, or what follows the last slash of an image's reference. */
export function baseName(url: string): string {
  const path = url.replace(/[?#].*$/, '').replace(/\/+$/, '');
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Eight digits at each end, of a digest or a fingerprint: enough to see a difference, not to rely on. */
export function shortDigest(text: string): string {
  const digits = text.replace(/^sha(?:256|512):/, '');
  return digits.length <= 20 ? digits : `${digits.slice(0, 8)}…${digits.slice(-8)}`;
}

const roles: Readonly<Record<string, string>> = {
  inrelease: 'InRelease',
  packages: 'Packages',
  'packages-stanza': 'Stanza of Packages',
  checksums: 'Checksum file',
  'sigstore-bundle': 'Sigstore bundle',
  sbom: 'Bill of materials',
};

export function roleName(role: string): string {
  if (Object.hasOwn(roles, role)) return roles[role] ?? role;
  return atBeginning(role.replaceAll('-', ' '));
}

/** With a capital, unless it is a host's or a file's name. */
export function atBeginning(text: string): string {
  return text.includes('.') ? text : `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

/** `2026-11-18 11:58 UTC`, of ISO 8601. */
export function timeText(time: Date | string): string {
  const iso = typeof time === 'string' ? time : time.toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

/** What stands behind it: the anchor's name, or who says that it is this identity. */
export function signerAuthority(signer: Signer): string {
  return signer.method === 'sigstore' ? signer.issuer : (signer.anchor ?? '');
}

/** `knc, knd · debian-13 · amd64, arm64`, of the names of manifests. */
export function platformsText(fileNames: readonly string[]): string {
  const parts = fileNames.map((name) => /^([^.]+)\.(.+)\.([^.]+)\.json$/.exec(name)?.slice(1) ?? [name]);
  return [0, 1, 2]
    .map((at) => [...new Set(parts.flatMap((one) => one[at] ?? []))].sort().join(', '))
    .filter((text) => text !== '')
    .join(' · ');
}
