/** A release as aqua's rules describe it, what of it is verified, and where files beside it are. */
import type { AquaDownload, AquaRule } from '../../formats/upstream/aqua/registry.ts';
import { versionMark } from '../../formats/upstream/aqua/template.ts';
import type { Architecture } from '../../model/artifact.ts';
import { Unsupported, type Tagged } from '../shared/release-names.ts';
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
  /** Is that where the file of this version is, and of no other? */
  readonly isOfOneVersion: boolean;
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

export const github = 'https://github.com';
export const actions = 'https://token.actions.githubusercontent.com';
export const rekor = 'https://rekor.sigstore.dev';

/** A file that aqua downloads, by its name beside the asset. Throws Unsupported. */
export function fileBeside(download: AquaDownload, released: Released, what: string): string {
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

export function besideAt(url: string, { folder }: Released, what: string): string {
  if (url.startsWith(folder) && !url.slice(folder.length).includes('/')) return url.slice(folder.length);
  throw new Unsupported(`${what} is in another folder than the file`);
}

export function repositoryOf({ repo_owner: owner, repo_name: name }: AquaRule): string {
  if (!owner || !name) throw new Unsupported('no repository is named');
  return `${github}/${owner}/${name}`;
}

/** With the mark. */
export function tagRef({ prefix }: Tagged): string {
  return `refs/tags/${prefix}${versionMark}`;
}
