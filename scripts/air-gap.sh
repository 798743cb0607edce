#!/bin/sh
# `make air-gap`: a site without a network. With one, a mirror, a registry and an object store are filled; without, a Debian
# 13 root goes from an empty disk to installed packages and imported images by user-data alone, from each of the three.
#
#   scripts/air-gap.sh [--keep]
#
# The upstreams are the embedded ones; the servers that are filled and asked are other people's: nginx, docker-registry and
# s3rver, which rclone writes to. "Without a network" is a network namespace with nothing but a loopback in it. The scripts
# of vmconfig are the stand-ins of vm-root/; containerd is Debian's, without systemd, with its native snapshotter.
#
# Needs root, for chroot(2) and namespaces. Exit codes: 0 passed, or SKIPPED (nothing was tested, and it says so); otherwise 1.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
keep=
case ${1-} in
'') ;;
--keep) keep=yes ;;
*)
	echo "usage: scripts/air-gap.sh [--keep]" >&2
	exit 2
	;;
esac

skip() {
	echo "air-gap: SKIPPED, nothing was tested: $1"
	exit 0
}

[ "$(id -u)" -eq 0 ] || skip "it needs root, for chroot and a network namespace"
PATH=$PATH:/usr/sbin:/sbin
for program in mmdebstrap chroot unshare ip dpkg tar nginx docker-registry rclone npm; do
	command -v "$program" >/dev/null 2>&1 || skip "there is no $program here"
done
[ "$(dpkg --print-architecture)" = amd64 ] || skip "the roots are of amd64 alone"
unshare --net true 2>/dev/null || skip "there can be no network namespace here"

work=$(mktemp -d)
cleanup() {
	if [ -n "$keep" ]; then echo "air-gap: kept $work"; else rm -rf --one-file-system "$work"; fi
}
trap cleanup EXIT
trap 'exit 130' INT TERM
# nginx reads as another user.
chmod 755 "$work"

# The host's mirror of Debian, whatever its release; the origin where apt knows none.
mirror=$(apt-get update --print-uris 2>/dev/null | sed -n "s#^'\\(https\\{0,1\\}://.*/debian\\)/dists/.*#\\1#p" | head -n 1)
mirror=${mirror:-https://ftp.debian.org/debian}
echo "air-gap: a Debian 13 root with containerd from $mirror"
if ! mmdebstrap --quiet --variant=minbase --include=ca-certificates,containerd,curl,sudo trixie "$work/root" "$mirror" \
	>"$work/log" 2>&1; then
	tail -n 5 "$work/log"
	skip "mmdebstrap could not make a root"
fi

"$here/toolchain.sh" node "$here/air-gap.ts" fill "$work"
# shellcheck disable=SC2016 # For the inner shell.
unshare --net sh -c 'ip link set lo up && exec "$@"' sh "$here/toolchain.sh" node "$here/air-gap.ts" boot "$work"
