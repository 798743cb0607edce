#!/bin/sh
# `make live`: the main job against a real Debian mirror, the one that this host's apt is set up for.
#
#   scripts/live.sh [--keep]
#
# Resolves the production catalogue for Debian 13 with the production trust anchors at the real time, stages
# the packages for amd64, and has dpkg-deb read them. A mirror is only a source of bytes: that the host may
# be a Debian 12, or its mirror a company's proxy, makes no difference to what is accepted.
#
# Exit codes: 0 passed, or SKIPPED (no apt, no Debian mirror, no network: nothing was tested, and it says so);
# otherwise that of the assay command that failed. What was fetched is removed again, but for --keep.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
main_origin=https://ftp.debian.org/debian
security_origin=https://security.debian.org/debian-security

keep=
case ${1-} in
'') ;;
--keep) keep=yes ;;
*)
	echo "usage: scripts/live.sh [--keep]" >&2
	exit 2
	;;
esac

skip() {
	echo "live: SKIPPED, nothing was tested: $1"
	exit 0
}

work=$(mktemp -d)
cleanup() {
	if [ -n "$keep" ]; then echo "live: kept $work"; else rm -rf "$work"; fi
}
trap cleanup EXIT
trap 'exit 130' INT TERM

command -v apt-get >/dev/null 2>&1 || skip "there is no apt-get here, which would know of a mirror"

# Repositories, each with what it is: by their signed names where `apt-get update` was run before, then by the
# end of their URLs. Of the first kind apt lists only what it has fetched; of the second, all.
{
	# shellcheck disable=SC2016 # apt's own variables
	apt-get indextargets --format '$(SITE) $(ORIGIN)/$(LABEL)' 'Created-By: Packages' 2>/dev/null || :
	apt-get update --print-uris 2>/dev/null | sed -n "s#^'\\(.*\\)/dists/[^/]*/InRelease'.*#\\1 -#p"
} >"$work/repositories"
main=$(awk '$2 == "Debian/Debian" || ($2 == "-" && $1 ~ /\/debian$/) { print $1; exit }' "$work/repositories")
[ -n "$main" ] || skip "apt is not set up for a mirror of Debian"
security=$(awk '
	$2 == "Debian/Debian-Security" || ($2 == "-" && $1 ~ /\/debian-security$/) { print $1; exit }
' "$work/repositories")
# Mirrors that have both have them side by side.
[ -n "$security" ] || security=${main%/debian}/debian-security

case $main in
http://* | https://*) ;;
*) skip "apt is set up for something else than HTTP: $main" ;;
esac

# What apt is told about proxies and nobody else is; the environment's word counts more.
proxy_of() {
	value=$(apt-config dump --format '%v%n' "Acquire::$1::Proxy" 2>/dev/null | head -n 1)
	case $value in http://* | https://*) echo "$value" ;; esac
}
http_proxy=${http_proxy-${HTTP_PROXY-$(proxy_of http)}}
https_proxy=${https_proxy-${HTTPS_PROXY-$(proxy_of https)}}
[ -z "$http_proxy" ] || export http_proxy
[ -z "$https_proxy" ] || export https_proxy

# Runs assay with the mirrors; what it says goes to the terminal as well as to $work/log.
assay() {
	command=$1
	shift
	status=0
	"$root/scripts/assay" "$command" --cache-dir "$work/cache" \
		--mirror "$main_origin=$main" --mirror "$security_origin=$security" "$@" 2>"$work/log" || status=$?
	cat "$work/log" >&2
	return "$status"
}

# Network errors (exit code 4) where nothing answers are no verdict on assay; everything else is a failure.
give_up() {
	if [ "$1" -eq 4 ] && grep -Eq '\[(UNREACHABLE|TIMED_OUT)\]' "$work/log"; then
		skip "the mirror cannot be reached from here"
	fi
	echo "live: FAILED (exit code $1)" >&2
	exit "$1"
}

echo "live: Debian 13 from the host's mirrors $main and $security"
cd "$root"
only=libpq5,libsubid5,uidmap
assay update-manifests --manifests-dir "$work/manifests" --only "$only" || give_up "$?"
assay update-manifests --manifests-dir "$work/manifests" --only "$only" --check || give_up "$?"
assay stage "$work/manifests/knd.debian-13.amd64.json" --dir "$work/artifacts" --only "$only" || give_up "$?"

for name in libpq5 libsubid5 uidmap; do
	if command -v dpkg-deb >/dev/null 2>&1; then
		dpkg-deb --info "$work/artifacts/$name.deb" >"$work/info" || {
			echo "live: FAILED: dpkg-deb does not read $name.deb" >&2
			exit 1
		}
		sed -n 's/^ \(Package\|Version\|Architecture\): //p' "$work/info" | tr '\n' ' '
		echo
	else
		echo "$name.deb (there is no dpkg-deb to read it)"
	fi
done
echo "live: PASSED: resolved for amd64 and arm64, a second run found nothing new, staged for amd64"
