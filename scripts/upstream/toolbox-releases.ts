/**
 * The releases that `examples/toolbox` is made from, by the names that their real files have. What each publishes beside
 * them is written down in the example's README.md, with where that is known from.
 */
import type { ToolRelease } from './toolbox.ts';

const both = (name: (arch: 'amd64' | 'arm64') => string): [string, string] => [name('amd64'), name('arm64')];
const plain = (tool: string): [string, string] => both((arch) => `${tool}-linux-${arch}`);

export const toolboxReleases: readonly ToolRelease[] = [
  {
    ...{ at: 'get.helm.sh', tag: 'v3.19.2', files: both((arch) => `helm-v3.19.2-linux-${arch}.tar.gz`) },
    proof: 'sums beside',
  },
  {
    ...{ at: 'etcd-io/etcd', tag: 'v3.6.5', files: both((arch) => `etcd-v3.6.5-linux-${arch}.tar.gz`) },
    ...{ others: ['etcd-v3.6.5-darwin-amd64.zip', 'etcd-v3.6.5-windows-amd64.zip'], proof: 'sums' },
  },
  {
    ...{ at: 'cilium/cilium-cli', tag: 'v0.19.7', files: both((arch) => `cilium-linux-${arch}.tar.gz`) },
    ...{ others: ['cilium-darwin-arm64.tar.gz'], proof: 'sums beside', ending: '.sha256sum' },
  },
  {
    ...{ at: 'derailed/k9s', tag: 'v0.51.0', files: both((arch) => `k9s_Linux_${arch}.tar.gz`) },
    others: ['k9s_Darwin_arm64.tar.gz', 'k9s_linux_amd64.deb', 'k9s_linux_amd64.rpm'],
    ...{ proof: 'sums', sums: 'checksums.sha256' },
  },
  {
    ...{ at: 'jqlang/jq', tag: 'jq-1.8.2', files: plain('jq') },
    others: ['jq-linux64', 'jq-linux-i386', 'jq-macos-arm64', 'jq-1.8.2.tar.gz', 'jq-windows-amd64.exe'],
    ...{ proof: 'attestation', more: ['sums'], sums: 'sha256sum.txt' },
    workflow: 'ci.yml@refs/tags/jq-1.8.2',
  },
  {
    ...{ at: 'mikefarah/yq', tag: 'v4.48.1', files: both((arch) => `yq_linux_${arch}`) },
    others: ['yq_linux_amd64.tar.gz', 'yq_linux_arm64.tar.gz', 'yq_darwin_arm64', 'yq_man_page_only.tar.gz'],
    ...{ proof: 'sums, bsd', sums: 'checksums' },
  },
  {
    ...{ at: 'releases.hashicorp.com/terraform/1.15.9', tag: 'v1.15.9' },
    files: both((arch) => `terraform_1.15.9_linux_${arch}.zip`),
    ...{ proof: 'openpgp sums', sums: 'terraform_1.15.9_SHA256SUMS', ending: '.sig' },
  },
  {
    ...{ at: 'nodejs.org/dist/v24.10.0', tag: 'v24.10.0' },
    files: ['node-v24.10.0-linux-x64.tar.gz', 'node-v24.10.0-linux-arm64.tar.gz'],
    ...{ proof: 'clearsigned sums', sums: 'SHASUMS256.txt' },
  },
  {
    ...{ at: 'dl.google.com/go', tag: 'go1.25.4', files: both((arch) => `go1.25.4.linux-${arch}.tar.gz`) },
    ...{ proof: 'sums beside', more: ['openpgp file'] },
  },
  ...(['prometheus', 'node_exporter'] as const).map((tool): ToolRelease => {
    const version = tool === 'prometheus' ? '3.14.0' : '1.10.2';
    return {
      ...{ at: `prometheus/${tool}`, tag: `v${version}`, proof: 'sums', sums: 'sha256sums.txt' },
      files: both((arch) => `${tool}-${version}.linux-${arch}.tar.gz`),
      others: [`${tool}-${version}.darwin-arm64.tar.gz`, `${tool}-${version}.linux-armv7.tar.gz`],
    };
  }),
  {
    ...{ at: 'storage.googleapis.com/cri-o/artifacts', tag: 'v1.34.2', signedFor: 'cri-o/cri-o' },
    files: both((arch) => `cri-o.${arch}.v1.34.2.tar.gz`),
    ...{ proof: 'sums beside', ending: '.sha256sum', more: ['keyless file'] },
    workflow: 'test.yml@refs/tags/v1.34.2',
  },
  {
    ...{ at: 'kubernetes-sigs/kind', tag: 'v0.32.0', files: plain('kind'), others: ['kind-darwin-arm64'] },
    ...{ proof: 'sums beside', ending: '.sha256sum' },
  },
  {
    ...{ at: 'projectcalico/calico', tag: 'v3.31.2', files: plain('calicoctl'), proof: 'sums' },
    others: ['calicoctl-darwin-arm64', 'calicoctl-linux-s390x', 'release-v3.31.2.tgz', 'tigera-operator.tgz'],
  },
  {
    ...{ at: 'restic/restic', tag: 'v0.18.1', files: both((arch) => `restic_0.18.1_linux_${arch}.bz2`) },
    ...{ others: ['restic-0.18.1.tar.gz', 'restic_0.18.1_darwin_arm64.bz2'], proof: 'openpgp sums' },
  },
  {
    ...{ at: 'cli/cli', tag: 'v2.83.1', files: both((arch) => `gh_2.83.1_linux_${arch}.tar.gz`) },
    others: ['gh_2.83.1_linux_amd64.deb', 'gh_2.83.1_linux_amd64.rpm', 'gh_2.83.1_macOS_arm64.zip'],
    ...{ proof: 'attestation', more: ['sums'], sums: 'gh_2.83.1_checksums.txt' },
    workflow: 'deployment.yml@refs/heads/trunk',
  },
  {
    ...{ at: 'kubernetes-sigs/kustomize', tag: 'kustomize/v5.8.0', proof: 'sums', sums: 'checksums.txt' },
    files: both((arch) => `kustomize_v5.8.0_linux_${arch}.tar.gz`),
  },
  { at: 'kubernetes-sigs/kustomize', tag: 'api/v0.21.0', files: ['x'], proof: 'nothing' },
  {
    ...{ at: 'FiloSottile/age', tag: 'v1.3.1', files: both((arch) => `age-v1.3.1-linux-${arch}.tar.gz`) },
    ...{ others: ['age-v1.3.1-darwin-arm64.tar.gz', 'age-v1.3.1-windows-amd64.zip'], proof: 'attestation' },
    workflow: 'build.yml@refs/tags/v1.3.1',
  },
  {
    ...{ at: 'jedisct1/minisign', tag: '0.12', files: ['minisign-0.12-linux.tar.gz'], proof: 'minisign' },
    others: ['minisign-0.12.tar.gz', 'minisign-0.12-win64.zip'],
  },
  {
    ...{ at: 'getsops/sops', tag: 'v3.13.3', files: both((arch) => `sops-v3.13.3.linux.${arch}`) },
    others: ['sops-v3.13.3.darwin.arm64', 'sops_3.13.3_amd64.deb'],
    ...{ proof: 'provenance', provenance: 'sops-v3.13.3.intoto.jsonl' },
    ...{ more: ['sums'], sums: 'sops-v3.13.3.checksums.txt' },
  },
];
