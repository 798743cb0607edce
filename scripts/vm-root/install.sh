#!/usr/bin/env bash
# Stand-in for vmconfig's install.sh: does what that is known to do. It installs what the plan lists, once; then the
# manifest has its other name, the artifacts are gone, and users, directories and sudo are as they have to be.
set -euo pipefail
share=/opt/podplane/share
artifacts=/opt/podplane/artifacts
echo install.sh >>/var/log/vm-root

if [ -f "$share/vmconfig-installed.json" ]; then
	rm -rf "$artifacts"
	exit 0
fi
plan=$share/vmconfig-manifest.sh
wanted=$(sed -n 's/^VMCONFIG_MANIFEST_JSON_SHA256=\([0-9a-f]\{64\}\)$/\1/p' "$plan")
echo "$wanted  $share/vmconfig-manifest.json" | sha256sum --check --quiet
declare -a VMCONFIG_DEPENDENCIES_ALL VMCONFIG_DEPENDENCIES_DEB
# shellcheck source=/dev/null
. "$plan"
cd "$artifacts"
for line in "${VMCONFIG_DEPENDENCIES_ALL[@]}"; do
	IFS=$'\t' read -r name type digest <<<"$line"
	[ "$name" != vmconfig ] || continue
	[ "$type" = deb ]
	echo "${digest#*:}  $name.deb" | "${digest%%:*}sum" --check --quiet
done
# Extracted as it was packed, modes and all, and nothing of it cut off.
tar --diff --gunzip --file vmconfig.tar.gz --directory /
dpkg --install "${VMCONFIG_DEPENDENCIES_DEB[@]/%/.deb}"
cd /
mv "$share/vmconfig-manifest.json" "$share/vmconfig-installed.json"
rm -rf "$artifacts"
/opt/podplane/bin/permissions.sh
