/**
 * Shell of the user-data: the steps of a first boot, fixed text. What it is told stands above it (user-data.ts).
 *
 * Each step can be done again: a run that was cut is gone on with by the next. Installation is complete once
 * vmconfig's scripts have left their file; that all of them have run is remembered in a file of our own.
 */
export const bootShell = `say() {
	printf 'user-data: %s\\n' "$*" >&2
}

give_up() {
	say "$2"
	exit "$1"
}

# Directories on the way are everybody's to pass through; the last one has the given mode where it is made here.
make_directory() {
	if [ -d "$1" ]; then return; fi
	(umask 022 && mkdir -p "$1")
	chmod "$2" "$1"
}

# A file from standard input: whole, with its mode, or as it was.
write_file() {
	rm -f "$1.new"
	cat >"$1.new"
	chmod "$2" "$1.new"
	mv -f "$1.new" "$1"
}

set_host_name() {
	make_directory "$root/etc" 755
	if [ "$(cat "$root/etc/hostname" 2>/dev/null)" != "$host_name" ]; then
		printf '%s\\n' "$host_name" | write_file "$root/etc/hostname" 644
	fi
	hostname "$host_name" || give_up 2 "cannot set the host name"
	short=\${host_name%%.*}
	names=$host_name
	if [ "$short" != "$host_name" ]; then names="$host_name $short"; fi
	if ! grep -qxF "127.0.1.1 $names" "$root/etc/hosts" 2>/dev/null; then
		printf '127.0.1.1 %s\\n' "$names" >>"$root/etc/hosts"
		chmod 644 "$root/etc/hosts"
	fi
}

# Adds what is missing; other keys stay.
authorize_keys() {
	if [ -z "$ssh_keys" ]; then return; fi
	entry=$(getent passwd "$ssh_user") || give_up 2 "there is no user $ssh_user for the SSH keys"
	home=$(printf '%s\\n' "$entry" | cut -d: -f6)
	directory=$root$home/.ssh
	if [ ! -d "$directory" ]; then make_directory "$directory" 700; fi
	file=$directory/authorized_keys
	{
		if [ -f "$file" ]; then cat "$file"; fi
		printf %s "$ssh_keys" | while IFS= read -r key; do
			if ! grep -qxF "$key" "$file" 2>/dev/null; then printf '%s\\n' "$key"; fi
		done
	} | write_file "$file" 600
	chown "$ssh_user:" "$directory" "$file"
}

write_identity() {
	make_directory "$identity" 700
	if [ -n "$has_ca" ]; then print_ca | write_file "$identity/ca.crt" 644; fi
	if [ -n "$has_nonce" ]; then print_nonce | write_file "$identity/nonce.jwt" 600; fi
}

write_environment() {
	make_directory "$settings" 755
	print_environment | write_file "$settings/user-data.env" 600
}

# The clock may be set while a VM boots; this one only counts.
uptime_seconds() {
	read -r up rest </proc/uptime
	: "$rest"
	up=\${up%%.*}
}

# Any answer will do, over TLS that holds: whether it is content with this VM is for its agent to find out.
wait_for_registration() {
	if [ -z "$registration_url" ]; then return; fi
	uptime_seconds
	end=$((up + registration_seconds))
	set -- -q --silent --show-error --output /dev/null --proto '=https' --connect-timeout 5 --max-time 10 \\
		--globoff --url "$registration_url"
	if [ -n "$has_ca" ]; then set -- "$@" --cacert "$identity/ca.crt"; fi
	until problem=$(curl "$@" 2>&1); do
		uptime_seconds
		if [ "$up" -ge "$end" ]; then
			give_up 4 "no answer from $registration_url within $registration_seconds s: $problem"
		fi
		sleep 2
	done
	say "$registration_url answers"
}

# Its owners are root's here, whoever packed it; links and directories that are there already stay.
extract_vmconfig() {
	(umask 022 && tar -xzf "$artifacts/vmconfig.tar.gz" -C "$root/" --no-same-owner --no-overwrite-dir \\
		--keep-directory-symlink) || give_up 2 "cannot extract $artifacts/vmconfig.tar.gz"
	for script in install configure restart; do
		[ -x "$scripts/$script.sh" ] || give_up 2 "the vmconfig tarball has no $script.sh"
	done
}

# What it makes is everybody's to read unless it says otherwise: the mask above is for secrets of ours. The lock is not
# handed on, since a service that it starts would keep it; the subshell has it for as long as the script runs.
run_script() {
	say "running $1.sh"
	(
		umask 022
		"$scripts/$1.sh" 8>&- || exit
	) || give_up 1 "$1.sh failed with exit code $?"
}

stop_if_complete() {
	if [ -e "$installed" ] && [ ! -e "$pending" ]; then
		say "nothing to do: $installed exists"
		exit 0
	fi
}

# Two runs at once would install twice. The kernel lets go of the lock when the last process that has it is gone. Only 1
# means that another run has it: where there can be no lock, or no flock(1), runs do not see each other.
lock() {
	make_directory "\${settings%/*}" 755
	command -v flock >/dev/null 2>&1 || return 0
	exec 8<"\${settings%/*}"
	waited=0
	while :; do
		code=0
		flock -n 8 2>/dev/null || code=$?
		[ "$code" -eq 1 ] || return 0
		[ "$waited" -gt 0 ] || say "waiting for another run"
		[ "$waited" -lt "$lock_seconds" ] || give_up 2 "another run is under way, and was so for $waited s"
		sleep 1
		waited=$((waited + 1))
	done
}

# There from before installation is complete until all is done: a run that was cut in between is gone on with.
pending=$settings/user-data.pending

stop_if_complete
lock
stop_if_complete
set_host_name
authorize_keys
write_identity
wait_for_registration
if [ ! -e "$installed" ]; then
	code=0
	fetch_artifacts || code=$?
	[ "$code" -eq 0 ] || give_up "$code" "the artifacts are not all there: nothing was installed"
	extract_vmconfig
fi
write_environment
: >"$pending"
if [ ! -e "$installed" ]; then run_script install; fi
run_script configure
run_script restart
[ -e "$installed" ] || give_up 1 "the scripts of vmconfig ended well, but left no $installed"
rm -f "$pending"
say "done"
`;
