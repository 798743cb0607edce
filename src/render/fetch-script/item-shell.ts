/**
 * Shell of the fetch script: one entry of the manifest, from what is there to a verified file under its name. Only
 * size and digest decide; what fails them is removed, and never retried.
 */
export const itemShell = `# Whether somebody could read it decides nothing.
say() {
	printf 'assay-fetch: %s\\n' "$*" >&2 || :
}

give_up() {
	say "$2"
	exit "$1"
}

# Of several failures the highest code counts: 2 usage or disk, 4 network, 5 refused.
worse() {
	if [ "$1" -gt "$worst" ]; then worst=$1; fi
}

refuse() {
	drop
	say "$name: $1"
	return 5
}

fail() {
	say "$name: $2"
	return "$1"
}

# Waits for it in a way that a signal interrupts.
await() {
	"$@" &
	child=$!
	wait "$child"
	child=''
}

# Each program that is started takes a shell longer than all that it does itself.
is_here() {
	[ -e "$1" ] || [ -h "$1" ]
}

drop() {
	if is_here "$partial" || is_here "$version"; then rm -f "$partial" "$version"; fi
}

# Whatever else was begun for this name, of this version or of others: version files go at the end (clean_up).
drop_all() {
	for old in "$work/.$name."$hex16.partial; do
		if is_here "$old"; then rm -f "$old"; fi
	done
}

read_size() {
	bytes=$(stat -c %s "$1" 2>/dev/null) || bytes=0
}

# For a subshell: a file, and the program that is to read it.
whole() {
	file=$1
	shift
	exec "$@" <"$file"
}

# Of SIZE bytes, which the given function has a program read. openssl takes longer to start, and hashes by the processor's
# own instructions, as few coreutils do. Nothing is taken from it but that it found what is expected: whatever else it
# says, and where it fails, coreutils have the word. That neither lies is taken for granted.
digest_of() {
	found=''
	if [ -n "$openssl" ] && [ "$size" -ge 4000000 ]; then
		found=$("$@" openssl dgst "-$algorithm" -r 2>/dev/null)
		found=\${found%% *}
	fi
	[ "$found" != "$hex" ] || return 0
	found=$("$@" "\${algorithm}sum")
	found=\${found%% *}
}

# A name is no path and no option, a digest is whole. What assay renders is; this is for what others change.
check_item() {
	case $name in
	'' | .* | -* | *[!A-Za-z0-9.+_-]*) return 1 ;;
	esac
	case $algorithm:\${#hex} in
	sha256:64 | sha512:128) ;;
	*) return 1 ;;
	esac
	case $hex in
	*[!0-9a-f]*) return 1 ;;
	esac
	case $size in
	'' | 0* | *[!0-9]*) return 1 ;;
	esac
}

read_item() {
	name=$1 url=$2 digest=$3 size=$4
	algorithm=\${digest%%:*} hex=\${digest#*:}
	check_item || fail 2 "not an entry of a manifest" || return
	final=$place/$name
}

# What stands under the name: 0 the right file, 1 none, or one to replace; 2 is no verdict, and has been said.
judge_final() {
	[ ! -h "$final" ] || return 1
	if [ -d "$final" ]; then
		fail 2 "$dir/$name is a directory"
		return
	fi
	[ -f "$final" ] && read_size "$final" && [ "$bytes" -eq "$size" ] || return 1
	# What cannot be read is not known to be right.
	[ -r "$final" ] || return 1
	digest_of whole "$final"
	[ "$found" = "$hex" ] || return 1
	say "$name: already there"
}

fetch() {
	read_item "$@" || return
	shift 4
	partial=$work/.$name.\${hex%"\${hex#????????????????}"}.partial
	version=\${partial%partial}version
	judge_final
	case $? in
	0)
		drop_all
		return 0
		;;
	2) return 2 ;;
	esac
	find_partial
	if [ "$have" -eq "$size" ]; then
		# Wrong bytes that were left here are no verdict on the server.
		digest_of whole "$partial"
		if [ "$found" != "$hex" ]; then
			drop
			find_partial
		fi
	fi
	if [ "$have" -ne "$size" ]; then
		download_from_first "$@" || return
		digest_of whole "$partial"
	fi
	[ "$found" = "$hex" ] || refuse "digest is $algorithm:$found, expected $digest ($url)" || return
	put_in_place
}

# From url, or else from the first of the others that it can be had from. A refusal is final: nobody is asked for other
# bytes. What one file could not be had from is asked once for each further one.
download_from_first() {
	patience=$attempts
	while :; do
		if [ "$#" -gt 0 ] && [ -d "$state/down.$#" ]; then attempts=1; fi
		verdict=0
		download || verdict=$?
		attempts=$patience
		[ "$verdict" -eq 4 ] && [ "$#" -gt 0 ] || return "$verdict"
		# A server that answered is there.
		if [ "$status" -ne 22 ]; then mkdir "$state/down.$#" 2>/dev/null; fi
		url=$1
		shift
		say "$name: asking $url"
		find_partial
	done
}

# Not flushed to disk: whoever finds a file under its name hashes it, and a power cut costs a download and no more.
# Whatever stands there under the name is replaced, and a link is neither followed nor taken for a directory to move into:
# by -T, and where mv has none (an old BusyBox), by the name that it has before it is moved into a directory.
put_in_place() {
	mv -fT "$partial" "$final" 2>/dev/null ||
		{ mv -f "$partial" "$state/ready/$name" && mv -f "$state/ready/$name" "$place/"; } ||
		fail 2 "cannot write $dir/$name" || return
	drop_all
	say "$name: $size bytes, $digest"
}
`;
