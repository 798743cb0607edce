/**
 * Kubernetes' version skew policy: which versions of its components work together, in one manifest and across all of them,
 * since a node of one kind talks to the control plane of another. Minor versions count, patches do not. No I/O.
 */
import type { Manifest } from '../../formats/own/manifest.ts';
import { entriesOf } from '../../formats/own/manifest-entries.ts';
import { PolicyError } from '../../model/errors.ts';

/** How many minor versions a component may be older, or newer, than any kube-apiserver. */
const limits: Readonly<Record<string, { readonly older: number; readonly newer: number }>> = {
  'kube-apiserver': { older: 1, newer: 1 },
  kubelet: { older: 3, newer: 0 },
  'kube-proxy': { older: 3, newer: 0 },
  'kube-controller-manager': { older: 1, newer: 0 },
  'kube-scheduler': { older: 1, newer: 0 },
  'cloud-controller-manager': { older: 1, newer: 0 },
  kubectl: { older: 1, newer: 1 },
};
/** Until then nodes could be two minor versions older only. */
const firstWithThree = 25;

export interface Component {
  readonly fileName: string;
  /** As the manifest names it. */
  readonly name: string;
  readonly component: string;
  readonly version: string;
  readonly major: number;
  readonly minor: number;
}

/** Those of Kubernetes, by what their files, images or packages are called. */
export function componentsOf(fileName: string, manifest: Manifest | undefined): readonly Component[] {
  const entries = manifest === undefined ? [] : entriesOf(manifest);
  return entries.flatMap(({ name, entry: { url, version } }): Component[] => {
    const file = url.slice(url.lastIndexOf('/') + 1).replace(/[:_].*$/, '');
    const component = [file, name].find((one) => Object.hasOwn(limits, one));
    const [, major, minor] = /^v?(\d+)\.(\d+)\./.exec(version) ?? [];
    if (component === undefined || major === undefined) return [];
    return [{ fileName, name, component, version, major: Number(major), minor: Number(minor) }];
  });
}

export interface Skew {
  readonly pair: readonly [Component, Component];
  readonly error: PolicyError;
}

/** PolicyError `CROSS_CHECK_FAILED` for each pair that the policy does not allow. */
export function findSkews(components: readonly Component[]): readonly Skew[] {
  const servers = components.filter(({ component }) => component === 'kube-apiserver');
  const toServers = components.flatMap((one) =>
    servers.flatMap((server) => {
      const { older, newer } = limitsOf(one);
      return one === server || isWithin(one, server, older, newer) ? [] : [skew(one, server, older, newer)];
    }),
  );
  const proxies = components.filter(({ component }) => component === 'kube-proxy');
  const alongside = proxies.flatMap((proxy) =>
    components.flatMap((one) => {
      if (one.component !== 'kubelet' || one.fileName !== proxy.fileName) return [];
      const { older } = limitsOf(proxy);
      return isWithin(proxy, one, older, older) ? [] : [skew(proxy, one, older, older)];
    }),
  );
  return [...toServers, ...alongside];
}

function limitsOf({ component, minor, major }: Component): {
  readonly older: number;
  readonly newer: number;
} {
  const found = limits[component] ?? { older: 0, newer: 0 };
  return found.older === 3 && major === 1 && minor < firstWithThree ? { ...found, older: 2 } : found;
}

function isWithin(one: Component, other: Component, older: number, newer: number): boolean {
  const ahead = one.minor - other.minor;
  return one.major === other.major && ahead <= newer && -ahead <= older;
}

function skew(one: Component, other: Component, older: number, newer: number): Skew {
  const said = ({ component, version, fileName }: Component) => `${component} ${version} of ${fileName}`;
  const allowed =
    newer === 0 ? `at most ${older} minor versions older, and never newer` : `within ${older} minor versions`;
  const error = new PolicyError(
    'CROSS_CHECK_FAILED',
    `${said(one)} and ${said(other)} do not go together: Kubernetes supports a ${one.component} that is ${allowed}`,
    {
      hint: 'Let their versions in together: "versions" in the catalogue. Update all kinds in one run.',
      context: {
        component: one.component,
        found: one.version,
        other: other.component,
        expected: other.version,
      },
    },
  );
  return { pair: [one, other], error };
}
