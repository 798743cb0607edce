#!/bin/sh
# Runs a command with a Node that assay supports first on PATH.
#
#   scripts/toolchain.sh COMMAND [ARGUMENT…]
#
# The host's own Node is used where it is new enough. Elsewhere the npm package of the Node binary for
# this platform goes into .toolchain/ (git-ignored): its version and digest are pinned by
# scripts/toolchain/package-lock.json, and no install script runs.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
toolchain="$root/.toolchain"

# The floor of package.json's "engines": ^22.22.2 || ^24.15.0 || >=26.
is_supported() {
	"$1" -e '
		const [major, minor, patch] = process.versions.node.split(".").map(Number);
		const ok = major >= 26 || (major === 24 && minor >= 15) ||
			(major === 22 && (minor > 22 || (minor === 22 && patch >= 2)));
		process.exit(ok ? 0 : 1)' 2>/dev/null
}

install_node() {
	if ! command -v npm >/dev/null 2>&1; then
		echo "toolchain: assay needs Node ^22.22.2, ^24.15.0 or >=26, and neither it nor npm is here." >&2
		echo "toolchain: install one of them (https://nodejs.org/), then run this again." >&2
		exit 1
	fi
	echo "toolchain: the host's Node is missing or too old; installing one into .toolchain/" >&2
	mkdir -p "$toolchain"
	staging=$(mktemp -d "$toolchain/new.XXXXXX")
	trap 'rm -rf "$staging"' EXIT
	cp "$root/scripts/toolchain/package.json" "$root/scripts/toolchain/package-lock.json" "$staging/"
	(cd "$staging" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
	is_supported "$staging/node_modules/.bin/node" || {
		echo "toolchain: the installed Node does not run on this machine ($(uname -sm)); install Node 26 by hand." >&2
		exit 1
	}
	# Another run may have been first: what it installed is the same by digest.
	rm -rf "$toolchain/node_modules.old"
	[ ! -e "$toolchain/node_modules" ] || mv "$toolchain/node_modules" "$toolchain/node_modules.old"
	mv "$staging/node_modules" "$toolchain/node_modules"
	rm -rf "$toolchain/node_modules.old"
}

if ! is_supported node; then
	is_supported "$toolchain/node_modules/.bin/node" || install_node
	PATH="$toolchain/node_modules/.bin:$PATH"
	export PATH
fi

[ $# -gt 0 ] || set -- node --version
exec "$@"
