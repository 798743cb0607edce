/** What an upstream publishes, by host and path: files, and what answers where there is no file. */
import type { Behaviour } from './behaviours.ts';
import type { Content } from './virtual-file.ts';

export interface Publication {
  readonly files: Map<string, Content>;
  readonly routes: Map<string, Behaviour>;
}

/** Of two for the same path the later one counts. */
export function mergePublications(...publications: readonly Partial<Publication>[]): Publication {
  return {
    files: new Map(publications.flatMap(({ files }) => [...(files ?? [])])),
    routes: new Map(publications.flatMap(({ routes }) => [...(routes ?? [])])),
  };
}

/** Values for `--mirror` (`ORIGIN=URL`): every host of the publication, at a server of it. */
export function publicationMirrors({ files, routes }: Publication, serverUrl: string): string[] {
  const hosts = [...files.keys(), ...routes.keys()].map((path) => path.slice(0, path.indexOf('/')));
  return [...new Set(hosts)].map((host) => `https://${host}=${serverUrl}/${host}`);
}

/** The flags for `publicationMirrors`; those of the hosts in `trusted` are answered for. */
export function publicationMirrorArgs(
  publication: Publication,
  serverUrl: string,
  trusted: readonly string[] = [],
): string[] {
  return publicationMirrors(publication, serverUrl).flatMap((mirror) => {
    const isTrusted = trusted.some((host) => mirror.startsWith(`https://${host}=`));
    return [isTrusted ? '--trusted-mirror' : '--mirror', mirror];
  });
}
