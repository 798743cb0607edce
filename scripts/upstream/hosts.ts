/**
 * How the real hosts hand out their files, where that is not as plainly as a static server does: who keeps them, what
 * stands for a file that is not there, and in which form bodies come. The upstream's server keeps to it unless it is told
 * otherwise. What is known of each is in docs/upstreams.md.
 */

export interface HostManners {
  /** Files are kept by another host, and this one leads there. */
  readonly keptBy?: Keeper;
  /** For what is not there, 403 with XML: object storage that does not let its files be listed. */
  readonly isStorage?: true;
  /** Files whose bodies come chunked, without a length, and compressed for whoever accepts gzip. */
  readonly streams?: RegExp;
}

interface Keeper {
  readonly host: string;
  /** Of paths, the host included: all of them, where nothing is said. */
  readonly paths?: RegExp;
  /** Its URLs have a query that expires. Only what is there gets one. */
  readonly isSigned?: true;
}

export type Hosts = Readonly<Record<string, HostManners>>;

export const realHosts: Hosts = {
  'github.com': {
    keptBy: {
      host: 'release-assets.githubusercontent.com',
      paths: /^[^/]+\/[^/]+\/[^/]+\/releases\/download\//,
      isSigned: true,
    },
  },
  'raw.githubusercontent.com': { streams: /./ },
  'dl.k8s.io': { keptBy: { host: 'cdn.dl.k8s.io' }, streams: /\.(?:txt|sha256|sig|cert)$/ },
  'tuf-repo-cdn.sigstore.dev': { isStorage: true },
  'packages.fluentbit.io': { keptBy: { host: 'packages-fluentbit.s3.amazonaws.com' }, isStorage: true },
};

/** Whom registry.k8s.io leads to: a registry for manifests and tags, which loses the query, and storage for blobs. */
export const registryKeepers = {
  registry: 'us-west2-docker.pkg.dev',
  storage: 'prod-registry-k8s-io-us-west-1.s3.dualstack.us-west-1.amazonaws.com',
} as const;

/** No host has manners of its own: files come from where they are asked for. */
export const plainHosts: Hosts = {};

/** Everybody whom redirects lead to. */
export const storageHosts: readonly string[] = [
  ...Object.values(realHosts).flatMap(({ keptBy }) => (keptBy === undefined ? [] : [keptBy.host])),
  ...Object.values(registryKeepers),
];
