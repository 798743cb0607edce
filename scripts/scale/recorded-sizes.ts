/** The sizes of the catalogue's files, in bytes, as its manifests of November 2026 have them: what a VM stages. */
export type Kind = 'knc' | 'knd';

/** amd64. */
const shared = {
  'cni-plugins': 55_418_181,
  containerd: 34_541_786,
  crictl: 19_263_420,
  'fluent-bit': 59_007_730,
  kubelet: 61_243_657,
  libpq5: 228_084,
  libsubid5: 222_488,
  'nstance-agent': 5_953_829,
  runc: 12_233_104,
  uidmap: 193_956,
  zot: 77_988_142,
};

const controlPlane = {
  'kube-apiserver': 95_936_674,
  'kube-controller-manager': 79_425_698,
  'kube-scheduler': 51_077_282,
  kubectl: 61_886_626,
  netsy: 15_537_147,
};

export const recordedSizes: Readonly<Record<Kind, Readonly<Record<string, number>>>> = {
  knc: { ...shared, ...controlPlane },
  knd: shared,
};

/** The pause image's layers, and the OS image, which a region's hypervisors or its image service has once. */
export const imageBytes = 318_043;
export const osImageBytes = 341_704_704;
