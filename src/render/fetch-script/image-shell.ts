/**
 * Shell of the fetch script: archives of images, byte for byte those of `assay stage --images`
 * (src/formats/own/image-archive.ts). An archive is a function of the script: headers, texts and zeros, and blobs between
 * them. It is called once to fetch the blobs, once to write the archive, and to judge one that is there.
 */
export const imageShell = `zeros() {
	head -c "$1" /dev/zero
}

# Name, size and checksum, as a tar archive has them (ustar).
header() {
	printf %s "$1"
	zeros "$((100 - \${#1}))"
	printf '0000644\\0000000000\\0000000000\\000%s\\00000000000000\\000%s\\000 0' "$2" "$3"
	zeros 100
	printf 'ustar\\00000'
	zeros 247
}

# A blob: at which byte of the archive it begins, then as an entry of the list.
blob() {
	part=$((part + 1))
	case $step in
	fetch)
		shift
		verdict=0
		fetch "$archive.$part" "$@" || verdict=$?
		if [ "$verdict" -gt "$failed" ]; then failed=$verdict; fi
		;;
	write) cat "$work/$archive.$part" ;;
	judge)
		at=$(($1 + 1)) algorithm=sha256 hex=\${3#sha256:} size=$4
		digest_of stretch
		if [ "$found" = "$hex" ]; then tail -c "+$at" "$file" | head -c "$size"; fi
		;;
	esac
}

stretch() {
	tail -c "+$at" "$file" | head -c "$size" | "$@"
}

# Is it the archive, in which each blob has its digest, and everything else is as it is written here?
judge_image() {
	archive=$1 file=$place/$1 step=judge part=0
	[ ! -h "$file" ] && [ -f "$file" ] && [ -r "$file" ] && read_size "$file" && [ "$bytes" -eq "$2" ] || return 1
	"$3" | cmp -s - "$file"
}

drop_parts() {
	for old in "$work/$archive".[0-9]*; do
		if is_here "$old"; then rm -f "$old"; fi
	done
}

fetch_image() {
	if judge_image "$@"; then
		say "$1: already there"
		drop_parts
		return 0
	fi
	if [ ! -h "$file" ] && [ -d "$file" ]; then
		name=$1
		fail 2 "$dir/$name is a directory"
		return
	fi
	step=fetch part=0 failed=0 place=$work
	"$3" >/dev/null
	place=..
	[ "$failed" -eq 0 ] || return "$failed"
	name=$1 step=write part=0 archive=$1
	{ "$3" >"$state/ready/$1"; } 2>/dev/null
	place=$state/ready verdict=0
	judge_image "$@" || verdict=2
	place=..
	if [ "$verdict" -ne 0 ]; then
		rm -f "$state/ready/$1"
		fail 2 "cannot write $dir/$1: is the disk full? $2 bytes are needed"
		return
	fi
	mv -f "$state/ready/$1" "$place/" || fail 2 "cannot write $dir/$1" || return
	drop_parts
	say "$1: $2 bytes"
}

image() {
	one fetch_image judge_image "$@"
}
`;
