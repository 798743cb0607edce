/** Shell of the user-data: what its steps (user-data-shell.ts) say, write and lock with. */
export const bootToolsShell = `say() {
	printf 'user-data: %s\\n' "$*" >&2 || :
}

give_up() {
	say "$2"
	exit "$1"
}

# Directories on the way are everybody's to pass through; the last one has the given mode where it is made here, and until
# then it is this user's alone, by the script's mask.
make_directory() {
	if [ -d "$1" ]; then return; fi
	if problem=$({ (umask 022 && mkdir -p "\${1%/*}/") && mkdir -p "$1" && chmod "$2" "$1"; } 2>&1); then return; fi
	give_up 2 "cannot make $1: $problem"
}

# A file from standard input: whole, with its mode, or as it was.
write_file() {
	if problem=$({ rm -f "$1.new" && cat >"$1.new" && chmod "$2" "$1.new" && mv -f "$1.new" "$1"; } 2>&1); then
		return
	fi
	rm -f "$1.new" 2>/dev/null
	give_up 2 "cannot write $1: $problem"
}

# Where a file must stay the one that it is: in a container, /etc/hosts is a mount.
append_to_file() {
	if problem=$({ cat >>"$1" && chmod "$2" "$1"; } 2>&1); then return; fi
	give_up 2 "cannot write $1: $problem"
}

# A last line that nobody ended must not be joined by the next one. The shell drops a newline at the end, and only that.
end_last_line() {
	if [ -n "$(tail -c 1 "$1" 2>/dev/null)" ]; then printf '\\n'; fi
}

# What this script is told, as a digest: an image that was made of a configured VM is not configured for another one.
this_run() {
	{
		printf '%s\\n' "$host_name" "$ssh_user" "$ssh_keys" "$registration_url"
		print_environment
		print_proxies
		print_nonce
		print_ca
	} | sha256sum
}

# All is done once installation is complete, and the scripts that come after it have run for what this one is told.
stop_if_complete() {
	if [ -e "$installed" ] && [ "$(cat "$configured" 2>/dev/null)" = "$(this_run)" ]; then
		say "nothing to do: $installed exists, and this VM is configured"
		exit 0
	fi
}

# Two runs at once would install twice. The scripts of vmconfig are not to run from a directory that is removed.
lock() {
	make_directory "\${settings%/*}" 755
	lock_private "\${settings%/*}" || give_up 2 "cannot lock \${settings%/*}: $problem"
	if [ -n "$locked" ]; then exec 8<&9 9<&-; fi
	cd /
	trap 'leave_private "\${settings%/*}"' EXIT
}
`;
