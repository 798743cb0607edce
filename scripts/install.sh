#!/bin/sh
# Installs the executable with its manual pages and completion, as far as the build has them.
#
#   scripts/install.sh EXECUTABLE DIST PREFIX
#
# `make install` calls it, with DESTDIR before the prefix. A file is replaced whole: one that runs is not written to.
set -eu

[ $# -eq 3 ] || {
	echo "usage: scripts/install.sh EXECUTABLE DIST PREFIX" >&2
	exit 2
}
executable=$1 dist=$2 prefix=$3

# put MODE FILE TARGET
put() {
	mkdir -p "$(dirname -- "$3")"
	cp "$2" "$3.new"
	chmod "$1" "$3.new"
	mv -f "$3.new" "$3"
	echo "$3"
}

put 755 "$executable" "$prefix/bin/assay"
for page in "$dist"/man/man1/*.1; do
	[ ! -e "$page" ] || put 644 "$page" "$prefix/share/man/man1/${page##*/}"
done
# Where each shell looks for what packages bring: bash-completion(7), zshcompsys(1), fish's "Where to put completions".
for pair in assay.bash:bash-completion/completions/assay _assay:zsh/site-functions/_assay \
	assay.fish:fish/vendor_completions.d/assay.fish; do
	script="$dist/completion/${pair%%:*}"
	[ ! -e "$script" ] || put 644 "$script" "$prefix/share/${pair#*:}"
done
