import { describe, expect, it } from 'vitest';
import { componentsOf, findSkews, type Component } from '../../../../src/pipeline/manifests/version-skew.ts';
import { sampleManifest, sha256 } from '../../../support/manifest-sample.ts';

const component = (name: string, version: string, fileName = 'knc.json'): Component => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return { fileName, name, component: name, version, major, minor };
};
const isAllowed = (...components: readonly Component[]) => findSkews(components).length === 0;

/** The policy, by how many minor versions each is newer than kube-apiserver. */
describe("Kubernetes' version skew", () => {
  it.each([
    ['kubelet', [-3, -2, -1, 0], [-4, 1, 2]],
    ['kube-proxy', [-3, 0], [-4, 1]],
    ['kube-controller-manager', [-1, 0], [-2, 1]],
    ['kube-scheduler', [-1, 0], [-2, 1]],
    ['cloud-controller-manager', [-1, 0], [-2, 1]],
    ['kubectl', [-1, 0, 1], [-2, 2]],
    ['kube-apiserver', [-1, 0, 1], [-2, 2]],
  ])('%s', (name, allowed, refused) => {
    const of = (ahead: number) =>
      isAllowed(
        component('kube-apiserver', '1.36.1'),
        component(name, `1.${String(36 + ahead)}.9`, 'knd.json'),
      );
    expect(allowed.map(of)).toEqual(allowed.map(() => true));
    expect(refused.map(of)).toEqual(refused.map(() => false));
  });

  it('of nodes before 1.25 is smaller', () => {
    expect(isAllowed(component('kube-apiserver', '1.26.0'), component('kubelet', '1.24.0'))).toBe(true);
    expect(isAllowed(component('kube-apiserver', '1.27.0'), component('kubelet', '1.24.0'))).toBe(false);
    expect(isAllowed(component('kube-apiserver', '1.28.0'), component('kubelet', '1.25.0'))).toBe(true);
  });

  it('is narrowed by each server that there is, and by another major version', () => {
    const servers = [
      component('kube-apiserver', '1.36.1'),
      component('kube-apiserver', '1.35.1', 'arm.json'),
    ];
    expect(isAllowed(...servers, component('kubelet', '1.35.0'))).toBe(true);
    expect(isAllowed(...servers, component('kubelet', '1.36.0'))).toBe(false);
    expect(isAllowed(component('kube-apiserver', '2.36.1'), component('kubelet', '1.36.1'))).toBe(false);
  });

  it('of kube-proxy is also to the kubelet beside it', () => {
    expect(isAllowed(component('kube-proxy', '1.30.0'), component('kubelet', '1.34.0'))).toBe(false);
    expect(isAllowed(component('kube-proxy', '1.31.0'), component('kubelet', '1.34.0'))).toBe(true);
    expect(isAllowed(component('kube-proxy', '1.30.0'), component('kubelet', '1.34.0', 'knd.json'))).toBe(
      true,
    );
  });

  it('says which two of which manifests', () => {
    const [found] = findSkews([
      component('kube-apiserver', '1.36.1'),
      component('kubelet', '1.37.0', 'knd.json'),
    ]);
    expect(found?.error.message).toBe(
      'kubelet 1.37.0 of knd.json and kube-apiserver 1.36.1 of knc.json do not go together: Kubernetes supports a ' +
        'kubelet that is at most 3 minor versions older, and never newer',
    );
  });

  it('finds components by their files, packages and images', () => {
    const manifest = sampleManifest();
    const { vmconfig } = manifest;
    const file = { type: 'binary', digest: sha256, size: 1 } as const;
    const found = componentsOf('knc.json', {
      vmconfig: {
        ...vmconfig,
        dependencies: {
          node: {
            ...file,
            version: '1.36.2',
            url: 'https://dl.k8s.io/release/v1.36.2/bin/linux/amd64/kubelet',
          },
          ctl: {
            ...file,
            type: 'deb',
            version: '1.34.2-1.1',
            url: 'https://pkgs.k8s.io/kubectl_1.34.2-1.1_amd64.deb',
          },
          'kube-scheduler': { ...file, version: '1.36.0', url: 'https://mirror.example/v1.36.0/scheduler' },
          other: { ...file, version: '1.2.3', url: 'https://example.org/kubelets' },
        },
        images: [{ image: 'registry.k8s.io/kube-proxy:v1.36.2', digest: sha256, size: 1 }],
      },
    });
    expect(found.map(({ component, minor }) => `${component} ${String(minor)}`)).toEqual([
      'kubelet 36',
      'kubectl 34',
      'kube-scheduler 36',
      'kube-proxy 36',
    ]);
    expect(componentsOf('none.json', undefined)).toEqual([]);
  });
});
