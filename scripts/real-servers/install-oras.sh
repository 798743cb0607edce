#!/bin/sh
# Prints where oras is: on PATH, or what Debian 13 has of it, extracted into a folder that is kept. Fails where neither
# is to be had: that needs mmdebstrap, and root.
#
#   scripts/real-servers/install-oras.sh FOLDER
set -eu

folder=$1
if command -v oras; then exit 0; fi
program=$folder/usr/bin/oras
if [ ! -x "$program" ]; then
	# The host's mirror of Debian, whatever its release; the origin where apt knows none.
	mirror=$(apt-get update --print-uris 2>/dev/null | sed -n "s#^'\\(https\\{0,1\\}://.*/debian\\)/dists/.*#\\1#p" | head -n 1)
	rm -rf "$folder"
	mkdir -p "$folder"
	mmdebstrap --quiet --variant=extract --include=oras trixie "$folder" "${mirror:-https://ftp.debian.org/debian}" >&2
fi
"$program" version >/dev/null
echo "$program"
