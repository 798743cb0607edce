/**
 * Shell of the fetch script: one file over curl 7.68 or later. Retrying is not left to curl: what is worth another
 * attempt depends on the status, and going on from where it was cut on what the answer said. `request` starts
 * `limited_curl`, with what it has to prove who asks (registry-shell.ts).
 */
export const transferShell = `# One request. Returns 0 where the size is right, 1 where it may be tried again.
transfer() {
	{ write_version "$validator"; } 2>/dev/null || fail 2 "cannot write in $dir" || return
	allowed='=https'
	case $url in http:*) allowed=$protocols ;; esac
	set -- -q --silent --show-error --fail --location --max-redirs 5 --globoff --proto "$allowed" \\
		--proto-redir "$allowed" --connect-timeout "$stall_seconds" --speed-limit 1000 \\
		--speed-time "$stall_seconds" --max-time "$((stall_seconds + size / 1000 + 60))" --max-filesize "$size" \\
		--user-agent assay-fetch --dump-header - --write-out '%{size_download}\\n' --output "$partial" --url "$url"
	if [ -n "$authority" ] && is_mirror; then set -- "$@" --cacert "$authority"; fi
	if [ "$have" -gt 0 ]; then set -- "$@" --continue-at "$have" --header "If-Range: $validator"; fi
	# In the shell's units, of 512 or 1024 bytes: no answer fills the disk, whatever length it announces.
	request "$((size / 512 + 2048))" "$@" >>"$version" 2>"$state/$index.curl"
	child=$!
	wait "$child"
	judge_transfer "$?"
}

# For a subshell.
limited_curl() {
	trap '' XFSZ
	ulimit -f "$1"
	shift
	exec curl "$@"
}

judge_transfer() {
	status=$1
	read_version
	child=''
	# curl says how much it wrote into a new file. Wherever that is not all, the file itself is asked.
	if [ "$have.$status.$received" != "0.0.$size" ]; then read_size "$partial"; else bytes=$size; fi
	have=$bytes
	if [ "$status" -ne 0 ]; then
		read_reason "$status" "$(cat "$state/$index.curl" 2>/dev/null)"
		reason="$reason ($url)"
	fi
	if [ "$have" -gt "$size" ] || [ "$status" -eq 63 ]; then
		refuse_size "has more than the expected $size bytes ($url)"
		return
	fi
	case $status.$code in
	0.416 | 22.416 | 33.*) begin_again ;;
	0.200 | 0.206)
		if [ -n "$spliced" ]; then
			begin_again
		elif [ "$have" -ne "$size" ]; then
			refuse_size "has $have bytes, expected $size ($url)"
		fi
		;;
	0.*)
		keep_partial
		fail 4 "unexpected status $code ($url)"
		;;
	22.401) authorize ;;
	22.408 | 22.425 | 22.429 | 22.5*) go_on_later ;;
	23.*)
		drop
		fail 2 "cannot write $dir/$name: is the disk full? $size bytes are needed"
		;;
	22.* | 1.* | 3.* | 4.* | 47.* | 60.* | 77.*)
		keep_partial
		fail 4 "$reason"
		;;
	*) if [ "$have" -ne "$size" ]; then go_on_later; fi ;;
	esac
}

# Compressed for the way, no body has the size of its file: that says nothing about the file.
refuse_size() {
	if [ -z "$coded" ]; then
		refuse "$1"
		return
	fi
	drop
	fail 4 "the answer has a content coding, which was not asked for: switch off compression there ($url)"
}

begin_again() {
	reason="cannot be resumed ($url)"
	drop
	return 1
}

# The version is written anew: from here on it is of one line. Without one nobody could go on.
keep_partial() {
	if [ "$have" -gt 0 ] && [ -n "$validator" ]; then
		write_version "$validator" 2>/dev/null || drop
	else
		drop
	fi
}

# Attempts begin again after a step of 64 KiB, as those of assay stage do. After any gain, a server that sends a few bytes
# for each connection would never be given up on.
go_on_later() {
	keep_partial
	if [ "$((have - furthest))" -ge 65536 ]; then attempt=1 demands=0; fi
	if [ "$have" -gt "$furthest" ]; then furthest=$have; fi
	[ "$attempt" -ge "$attempts" ] || pause
	return 1
}

# Longer each time; as long as the server asks for, within reason.
pause() {
	seconds=$((pause_seconds << (attempt < 6 ? attempt - 1 : 5)))
	if [ "$seconds" -gt 30 ]; then seconds=30; fi
	case $again_after in
	'' | *[!0-9]* | ????*) ;;
	*) if [ "$again_after" -le 120 ]; then seconds=$again_after; fi ;;
	esac
	if [ "$seconds" -gt 0 ]; then await sleep "$seconds"; fi
}

download() {
	attempt=0 furthest=$have demands=0
	while [ "$attempt" -lt "$attempts" ]; do
		attempt=$((attempt + 1))
		transfer
		case $? in
		0) return 0 ;;
		1) find_partial ;;
		*) return ;;
		esac
	done
	fail 4 "$reason"
}
`;
