/**
 * What the rest of the world calls an entry of a manifest: its package URL. It follows from what the entry says, so that
 * a manifest without evidence has the same names; evidence adds what a manifest drops, such as a Debian epoch.
 */
import type { Platform } from '../../model/artifact.ts';
import { formatPackageUrl } from '../upstream/package-url.ts';
import type { EvidenceEntry } from './evidence.ts';
import type { SlottedEntry } from './manifest-entries.ts';

/** Undefined for the stub, which is no package. `evidence`: of this entry. */
export function purlOf(
  { slot, name, entry }: SlottedEntry,
  { os, arch }: Platform,
  evidence: EvidenceEntry | undefined,
): string | undefined {
  if (slot === 'stub') return undefined;
  const { url, type, digest } = entry;
  const version = evidence?.version ?? entry.version;
  if (slot === 'image') return imagePurl(entry, arch);
  if (type === 'deb') {
    const deb = /\/([a-z0-9][a-z0-9+.-]+)_[^/_]+_([a-z0-9-]+)\.deb$/.exec(url);
    return formatPackageUrl({
      type: 'deb',
      namespace: vendorOf(url, evidence),
      name: deb?.[1] ?? name,
      version,
      qualifiers: { arch: deb?.[2] ?? arch, distro: os },
    });
  }
  const release = /^https:\/\/github\.com\/([^/]+)\/([^/]+)\/releases\/download\/([^/]+)\//.exec(url);
  if (release !== null) {
    const [, owner = '', repository = '', tag = ''] = release;
    // GitHub's names know no case: the specification writes them in lower case.
    const [namespace, project] = [owner.toLowerCase(), repository.toLowerCase()];
    return formatPackageUrl({ type: 'github', namespace, name: project, version: decodeURIComponent(tag) });
  }
  return formatPackageUrl({
    type: 'generic',
    name: slot === 'os-image' ? os : name,
    version,
    qualifiers: { download_url: url, checksum: digest },
  });
}

/** By the digest that a platform pulls; the tag, which may move, is said beside it. */
function imagePurl({ url, digest }: Extract<SlottedEntry, { slot: 'image' }>['entry'], arch: string): string {
  const colon = url.lastIndexOf(':');
  const repository = url.slice(0, colon);
  return formatPackageUrl({
    type: 'oci',
    name: repository.slice(repository.lastIndexOf('/') + 1),
    version: digest,
    qualifiers: { arch, repository_url: repository, tag: url.slice(colon + 1) },
  });
}

/** Whose package it is: as the catalogue has the suite's `Origin`, or by the host that it comes from. */
function vendorOf(url: string, evidence: EvidenceEntry | undefined): string {
  const { suites } = (evidence?.question.source ?? {}) as {
    readonly suites?: readonly { readonly uri: string; readonly origin?: string }[];
  };
  const origin = suites?.find(({ uri }) => url.startsWith(`${uri}/`))?.origin?.toLowerCase();
  if (origin !== undefined && /^[a-z0-9.-]+$/.test(origin)) return origin;
  const { hostname } = new URL(url);
  return /(?:^|\.)(debian|ubuntu)\.(?:org|com)$/.exec(hostname)?.[1] ?? hostname;
}
