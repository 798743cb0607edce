#!/bin/sh
# What examples/toolbox/catalogue.yaml was made with, a line a tool. README.md says which of the identities and fingerprints
# are known, and which a maintainer has to look up: --accept is what somebody was told by another way than the release.
set -eu

assay add https://get.helm.sh/helm-v3.19.2-linux-amd64.tar.gz --yes
assay add github:etcd-io/etcd --yes
assay add github:cilium/cilium-cli --yes
assay add github:derailed/k9s --yes
assay add github:jqlang/jq --accept 'https://github.com/jqlang/jq/.github/workflows/ci.yml@refs/tags/jq-{version}'
assay add github:mikefarah/yq --asset yq_linux_amd64 --yes
assay add https://releases.hashicorp.com/terraform/1.15.9/terraform_1.15.9_linux_amd64.zip \
  --key https://www.hashicorp.com/.well-known/pgp-key.txt --accept C874011F0AB405110D02105534365D9472D7468F
assay add https://nodejs.org/dist/v24.10.0/node-v24.10.0-linux-x64.tar.gz \
  --key https://raw.githubusercontent.com/nodejs/release-keys/main/keys/890C08DB8579162FEE0DF9DB8BEAB4DFCF555EF4.asc \
  --accept 890C08DB8579162FEE0DF9DB8BEAB4DFCF555EF4
assay add https://dl.google.com/go/go1.25.4.linux-amd64.tar.gz --name go \
  --key https://dl.google.com/linux/linux_signing_key.pub --accept EB4C1BFD4F042F6DDDCCEC917721F63BD38B4796
assay add github:prometheus/prometheus --yes
assay add github:prometheus/node_exporter --yes
assay add https://storage.googleapis.com/cri-o/artifacts/cri-o.amd64.v1.34.2.tar.gz --name cri-o \
  --accept 'https://github.com/cri-o/cri-o/.github/workflows/test.yml@refs/tags/v{version}'
assay add github:kubernetes-sigs/kind --yes
assay add github:projectcalico/calico --name calicoctl --asset calicoctl-linux-amd64 --yes
assay add github:restic/restic \
  --key https://restic.net/gpg-key-alex.asc --accept CF8F18F2844575973F79D4E191A6868BD3F7A907
assay add github:cli/cli --name gh --accept 'https://github.com/cli/cli/.github/workflows/deployment.yml@refs/heads/trunk'
assay add github:kubernetes-sigs/kustomize --yes
assay add github:FiloSottile/age --accept 'https://github.com/FiloSottile/age/.github/workflows/build.yml@refs/tags/v{version}'
assay add github:jedisct1/minisign --asset minisign-0.12-linux.tar.gz \
  --accept RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3
assay add github:getsops/sops \
  --accept https://github.com/slsa-framework/slsa-github-generator/.github/workflows/generator_generic_slsa3.yml
