/** Of a manifest's entry, where it is published: as the URL that it has says. What is on no known host stays for a person. */

/** `assay add` takes it. */
export function refFor(url: string): string | undefined {
  const [, repository] =
    /^https:\/\/github\.com\/([A-Za-z0-9][A-Za-z0-9-]*\/[A-Za-z0-9._-]+)\/releases\/download\//.exec(url) ??
    [];
  if (repository !== undefined) return `github:${repository}`;
  const isServed = servers.some((server) => url.startsWith(`${server}/`));
  return isServed ? url : undefined;
}

/** Servers of files with what vouches for them beside. */
const servers = [
  'https://dl.k8s.io',
  'https://get.helm.sh',
  'https://nodejs.org/dist',
  'https://cdn.dl.k8s.io',
];
