#!/bin/sh
# `make vm-root ASSAY_DEBIAN=DIR`: a first boot with real packages, in a real Debian 13 root.
#
#   scripts/vm-root.sh [--keep]
#
# Makes a root with mmdebstrap from the mirror that this host's apt is set up for, resolves Debian's packages in
# ASSAY_DEBIAN (debian/ and debian-security/, laid out as its origins have them) into a manifest, packs a release of
# vmconfig that names it, and renders user-data. That is run from an empty disk, again, with another nonce, and in a copy
# of the root where all is installed already, as in a machine image. The scripts of vmconfig are stand-ins that do what
# the real ones are known to do (vm-root/), each of them at least twice.
#
# Needs root, for chroot(2). Exit codes: 0 passed, or SKIPPED (nothing was tested, and it says so); otherwise 1.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
keep=
case ${1-} in
'') ;;
--keep) keep=yes ;;
*)
	echo "usage: scripts/vm-root.sh [--keep]" >&2
	exit 2
	;;
esac

skip() {
	echo "vm-root: SKIPPED, nothing was tested: $1"
	exit 0
}

[ -n "${ASSAY_DEBIAN-}" ] || skip "ASSAY_DEBIAN is unset (make vm-root ASSAY_DEBIAN=../shared/debian)"
[ -d "$ASSAY_DEBIAN/debian/pool" ] || skip "there are no packages in $ASSAY_DEBIAN"
[ "$(id -u)" -eq 0 ] || skip "it needs root, for chroot"
for program in mmdebstrap chroot unshare dpkg tar; do
	command -v "$program" >/dev/null 2>&1 || skip "there is no $program here"
done
[ "$(dpkg --print-architecture)" = amd64 ] || skip "the recorded packages are run on amd64 alone"

work=$(mktemp -d)
cleanup() {
	if [ -n "$keep" ]; then echo "vm-root: kept $work"; else rm -rf --one-file-system "$work"; fi
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# The host's mirror of Debian, whatever its release; the origin where apt knows none.
mirror=$(apt-get update --print-uris 2>/dev/null | sed -n "s#^'\\(https\\{0,1\\}://.*/debian\\)/dists/.*#\\1#p" | head -n 1)
mirror=${mirror:-https://ftp.debian.org/debian}
echo "vm-root: a Debian 13 root from $mirror"
if ! mmdebstrap --quiet --variant=minbase --include=ca-certificates,curl,sudo trixie "$work/root" "$mirror" \
	>"$work/log" 2>&1; then
	tail -n 5 "$work/log"
	skip "mmdebstrap could not make a root"
fi
"$here/toolchain.sh" node "$here/vm-root.ts" "$work" "$ASSAY_DEBIAN"
