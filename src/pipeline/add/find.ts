/** What a reference names, looked at by the code of its kind. */
import type { UpstreamRef } from '../../formats/own/upstream-ref.ts';
import { findGithubRelease, findOnServer } from '../../sources/look.ts';
import { findProofs } from './add.ts';
import { findChart } from './add-chart.ts';
import { findImage } from './add-image.ts';
import { findPackage } from './add-package.ts';
import type { Addition } from './look.ts';
import { highestRelease } from './newest.ts';
import type { AddSubject } from './request.ts';

export interface Wish {
  readonly ref: UpstreamRef;
  /** Of a release: the file, where several fit. */
  readonly asset: string | undefined;
  /** Of a package: the repository, if no source has the suite. */
  readonly root: string | undefined;
  readonly components: readonly string[] | undefined;
  /** The catalogue's, as it says them. */
  readonly sources: Readonly<Record<string, unknown>>;
}

/** Throws as `findProofs` does. */
export async function findAddition(wish: Wish, subject: AddSubject): Promise<Addition> {
  const { ref, asset } = wish;
  const { context } = subject;
  switch (ref.type) {
    case 'github': {
      const release = await findGithubRelease(ref.repository, ref.version, highestRelease, context);
      const isFixed = ref.version !== undefined;
      const of = { release, isFixed, repository: ref.repository, tool: toolOf(ref) };
      return findProofs({ ...subject, ...of, asset });
    }
    case 'https': {
      const release = await findOnServer(ref.url, context);
      const of = { release, isFixed: false, repository: undefined, tool: toolOf(ref) };
      return findProofs({ ...subject, ...of, asset: asset ?? lastOf(ref.url) });
    }
    case 'oci':
      return findImage(ref.repository, ref.tag, subject);
    case 'helm':
      return findChart(ref, subject);
    case 'apt':
      return findPackage({ ...wish, suite: ref.suite, package: ref.package }, wish.sources, subject);
  }
}

/** What it is called, as far as that goes without asking. */
export function toolOf(ref: UpstreamRef): string {
  switch (ref.type) {
    case 'github':
      return lastOf(ref.repository);
    case 'https':
      return lastOf(ref.url).replace(/[-_.](?:v?\d|linux|amd64|x86_64).*$/i, '');
    case 'oci':
      return lastOf(ref.repository.repository);
    case 'helm':
      return ref.chart;
    case 'apt':
      return ref.package;
  }
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
