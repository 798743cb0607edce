#!/usr/bin/env bash
# The yardstick of bench.ts: what assay does for an apt source, as a good engineer would write it in shell.
#
#   shell-pipeline.sh [--lean] MAIN_URL SECURITY_URL KEYS_DIR OUT_DIR
#
# MAIN_URL has trixie and trixie-updates, SECURITY_URL trixie-security. KEYS_DIR has main.gpg, security.gpg,
# and beside each a .pins file with the fingerprints of the primary keys that may vouch, a line each.
# OUT_DIR is empty; OUT_DIR/resolved gets a line for each architecture and package: what was resolved, by
# architecture, package, version, Filename, Size and SHA256.
#
# The same links as assay: signature -> digest of the compressed index -> digest of the plain index -> stanza.
# --lean leaves the plain digest out. Not here: dates, suite names, rollback, caps on what a server may send.
# Everything that can is done at the same time: downloads, suites, architectures; each index is read once.
set -euo pipefail
export LC_ALL=C

lean=
if [ "$1" = --lean ]; then
	lean=yes
	shift
fi
main_url=$1 security_url=$2 keys=$3 out=$4
names='libpq5 libsubid5 uidmap'

fail() {
	echo "shell-pipeline: $1" >&2
	exit 1
}

url_of() {
	case $1 in
	*-security) echo "$security_url/dists/$1" ;;
	*) echo "$main_url/dists/$1" ;;
	esac
}

# gpgv exits with 2 where one of several signatures is by an unknown key, so its status lines decide: a good
# signature by a pinned primary key (the last word of VALIDSIG), and no bad one.
verify_release() {
	local suite=$1 ring=$2 status
	status=$(gpgv --quiet --status-fd 1 --keyring "$keys/$ring.gpg" --output "$out/$suite.Release" \
		"$out/$suite.InRelease" 2>/dev/null) || true
	case $status in *'[GNUPG:] BADSIG '*) fail "$suite: bad signature" ;; esac
	awk '
		FNR == NR { pinned[$1]; next }
		$2 == "VALIDSIG" && $NF in pinned { good = 1 }
		END { exit !good }
	' "$keys/$ring.pins" - <<<"$status" || fail "$suite: no good signature"
}

# Prints the stanzas wanted of an index, one a line, once all of it was hashed.
search_index() {
	local suite=$1 arch=$2 form=$3
	local plain=main/binary-$arch/Packages file=$out/$suite.$arch.$form fifo=$out/$suite.$arch.fifo
	local digest plain_digest unpack=xzcat
	read -r digest plain_digest < <(awk -v plain="$plain" -v packed="$plain.$form" '
		{ sub(/\r$/, "") }
		/^SHA256:/ { listed = 1; next }
		/^[^ ]/ { listed = 0 }
		listed && $3 == packed { a = $1 }
		listed && $3 == plain { b = $1 }
		END { print a, b }
	' "$out/$suite.Release")
	[ -n "$digest" ] || fail "$suite lists no $plain.$form"
	curl --no-progress-meter --fail -o "$file" "$(url_of "$suite")/main/binary-$arch/by-hash/SHA256/$digest"
	echo "$digest  $file" | sha256sum --check --status || fail "$file: wrong digest"

	[ "$form" = xz ] || unpack='zcat'
	if [ -n "$lean" ]; then
		"$unpack" "$file" | pick_stanzas >"$file.found"
	else
		mkfifo "$fifo"
		sha256sum <"$fifo" >"$file.sum" &
		"$unpack" "$file" | tee "$fifo" | pick_stanzas >"$file.found"
		wait "$!"
		[ "$(cut -d ' ' -f 1 "$file.sum")" = "$plain_digest" ] || fail "$file: wrong digest of the content"
	fi
	cat "$file.found"
}

pick_stanzas() {
	awk -v names="$names" '
		BEGIN { split(names, list); for (at in list) is_wanted[list[at]] }
		/^Package: / { wanted = $2 in is_wanted; name = $2 }
		!wanted { next }
		/^Version: / { version = $2 }
		/^Filename: / { filename = $2 }
		/^Size: / { size = $2 }
		/^SHA256: / { sha256 = $2 }
		/^$/ { print name, version, filename, size, sha256; wanted = 0 }
		END { if (wanted) print name, version, filename, size, sha256 }
	'
}

# sort -V orders as Debian does, but for epochs: the packages wanted have none that differ.
resolve() {
	local arch=$1
	{
		search_index trixie "$arch" gz &
		first=$!
		search_index trixie-updates "$arch" xz &
		second=$!
		search_index trixie-security "$arch" xz
		wait "$first"
		wait "$second"
	} | sort -k 1,1 -k 2,2Vr | awk -v arch="$arch" '!seen[$1]++ { print arch, $0 }' >"$out/$arch.resolved"
	[ "$(wc -l <"$out/$arch.resolved")" -eq 3 ] || fail "$arch: not everything was found"
}

curl --no-progress-meter --fail --parallel --parallel-immediate \
	-o "$out/trixie.InRelease" "$(url_of trixie)/InRelease" \
	-o "$out/trixie-updates.InRelease" "$(url_of trixie-updates)/InRelease" \
	-o "$out/trixie-security.InRelease" "$(url_of trixie-security)/InRelease"
verify_release trixie main &
first=$!
verify_release trixie-updates main &
second=$!
verify_release trixie-security security
wait "$first"
wait "$second"

resolve amd64 &
other=$!
resolve arm64
wait "$other"
cat "$out/amd64.resolved" "$out/arm64.resolved" >"$out/resolved"
