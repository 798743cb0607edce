import { vmconfigTarball } from '../formats/own/vm-paths.ts';
import { sharedShell } from './fetch-script/shared-shell.ts';
import { ownerShell } from './user-data-owner-shell.ts';
import { bootToolsShell } from './user-data-tools-shell.ts';

/**
 * Shell of the user-data: the steps of a first boot, fixed text. What it is told stands above it (user-data.ts).
 *
 * Each step can be done again: a run that was cut is gone on with by the next. Installation is complete once
 * vmconfig's install.sh has left its file, in this run or when a machine image was made; that the other two have run is
 * remembered in a file of our own.
 */
export const bootShell = `${sharedShell}
${bootToolsShell}
${ownerShell}
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
		{
			end_last_line "$root/etc/hosts"
			printf '127.0.1.1 %s\\n' "$names"
		} | append_to_file "$root/etc/hosts" 644
	fi
}

write_environment() {
	make_directory "$settings" 755
	print_environment | write_file "$settings/user-data.env" 600
}

# For containerd, which pulls what was not imported. Not in its unit: systemd tells everybody what stands there.
write_proxies() {
	if [ -z "$has_proxy" ]; then return; fi
	print_proxies | write_file "$settings/proxy.env" 600
	make_directory "$root/etc/systemd/system/containerd.service.d" 755
	printf '[Service]\\nEnvironmentFile=-%s/proxy.env\\n' "$settings" |
		write_file "$root/etc/systemd/system/containerd.service.d/assay-proxy.conf" 644
	if [ -d /run/systemd/system ] && [ -z "$root" ]; then systemctl daemon-reload || :; fi
}

# The clock may be set while a VM boots; this one only counts.
uptime_seconds() {
	read -r up rest </proc/uptime
	: "$rest"
	up=\${up%%.*}
}

# Any answer will do, over TLS that holds: whether it is content with this VM is for its agent to find out.
ask_by_https() {
	set -- -q --silent --show-error --output /dev/null --proto '=https' --connect-timeout 5 --max-time 10 \\
		--globoff --url "$registration_url"
	if [ -n "$has_ca" ]; then set -- "$@" --cacert "$identity/ca.crt"; fi
	code=0
	problem=$(curl "$@" 2>&1) || code=$?
	read_reason "$code" "$problem"
	return "$code"
}

# A connection, to which nothing is said. The scripts of vmconfig need bash as well.
connect_by_tcp() {
	address=\${registration_url#tcp://}
	host=\${address%:*}
	host=\${host#[}
	problem=$(timeout 5 bash -c ': <"/dev/tcp/$1/$2"' bash "\${host%]}" "\${address##*:}" 2>&1) && return
	reason=\${problem%%"$newline"*}
	reason=\${reason:-no connection within 5 s}
	return 1
}

# Without a number of seconds: for ever, and says what it waits for where that is something new.
wait_for_registration() {
	case $registration_url in
	'') return ;;
	tcp:*)
		command -v bash >/dev/null 2>&1 || give_up 2 "there is no bash here, which $registration_url needs"
		try=connect_by_tcp
		;;
	*) try=ask_by_https ;;
	esac
	uptime_seconds
	end=$((up + \${registration_seconds:-0})) said=''
	until "$try"; do
		uptime_seconds
		if [ -n "$registration_seconds" ] && [ "$up" -ge "$end" ]; then
			give_up 4 "no answer from $registration_url within $registration_seconds s: $reason"
		fi
		if [ -z "$registration_seconds" ] && [ "$reason" != "$said" ]; then
			said=$reason
			say "waiting for $registration_url: $said"
		fi
		sleep 2
	done
	say "$registration_url answers"
}

# Beside this shell, which a signal would else end alone: the downloads are ended too, before it ends.
fetch_interruptibly() {
	trap 'interrupted 129' HUP
	trap 'interrupted 130' INT
	trap 'interrupted 143' TERM
	fetch_artifacts &
	code=0
	wait "$!" || code=$?
	trap - HUP INT TERM
}

# SIGTERM whatever came: to what is in the background, a shell has SIGINT ignored.
interrupted() {
	trap '' HUP INT TERM
	set +eu
	if [ -n "$!" ]; then
		kill "$!" 2>/dev/null
		wait "$!"
	fi
	exit "$1"
}

# A development VM has no tarball: its developer brings the scripts of vmconfig, and runs this once more.
stop_without_vmconfig() {
	if [ -x "$scripts/install.sh" ]; then return; fi
	if ! command -v rsync >/dev/null 2>&1; then
		say "installing rsync, for vmconfig to be brought here"
		{ apt-get update && apt-get install -y --no-install-recommends rsync; } >/dev/null 2>&1 8>&- ||
			say "rsync cannot be installed: bring vmconfig in another way"
	fi
	say "all artifacts are here, and no vmconfig: bring one to $scripts, then run this script again"
	exit 0
}

# Its owners are root's here, whoever packed it; links and directories that are there already stay.
extract_vmconfig() {
	(umask 022 && tar -xzf "$artifacts/${vmconfigTarball}" -C "$root/" --no-same-owner --no-overwrite-dir \\
		--keep-directory-symlink) || give_up 2 "cannot extract $artifacts/${vmconfigTarball}"
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

# containerd alone, so that the kubelet, which comes with restart.sh, finds the images, and pulls none of them.
start_containerd() {
	if ctr version >/dev/null 2>&1; then return; fi
	problem=$(systemctl start containerd 2>&1 8>&-) || give_up 1 "cannot start containerd: $problem"
	uptime_seconds
	end=$((up + 60))
	until ctr version >/dev/null 2>&1; do
		uptime_seconds
		[ "$up" -lt "$end" ] || give_up 1 "containerd does not answer within 60 s"
		sleep 1
	done
}

# By its name and by its digest. What containerd has under that name then is what the manifest pins.
import_image() {
	problem=$(ctr -n k8s.io images import "$artifacts.images/$1" 2>&1) || give_up 1 "cannot import $2: $problem"
	case $(ctr -n k8s.io images ls "name==$2") in
	*" $3 "*) ;;
	*) give_up 5 "containerd has another image as $2, expected $3" ;;
	esac
	problem=$(ctr -n k8s.io images tag --force "$2" "\${2%:*}@$3" 2>&1) || give_up 1 "cannot name $2: $problem"
	say "imported $2"
}

# Out of the way of install.sh, which removes the artifacts once it is done with them.
keep_images() {
	if [ -z "$has_images" ]; then return; fi
	make_directory "$artifacts.images" 700
	for archive in "$artifacts"/*.oci.tar; do
		if [ -e "$archive" ]; then mv -f "$archive" "$artifacts.images/"; fi
	done
}

import_images() {
	if [ -z "$has_images" ]; then return; fi
	start_containerd
	list_images
	rm -rf "$artifacts.images"
}

configured=$settings/user-data.configured
`;

/** What is done, in its order. */
export const bootSteps = `stop_if_complete
lock
stop_if_complete
set_host_name
authorize_keys
write_identity
wait_for_registration
if [ ! -e "$installed" ] || [ -n "$has_images" ]; then
	fetch_interruptibly
	[ "$code" -eq 0 ] || give_up "$code" "the artifacts are not all there: nothing was installed"
fi
if [ ! -e "$installed" ] && [ -z "$is_development" ]; then extract_vmconfig; fi
write_environment
write_proxies
if [ -n "$is_development" ]; then stop_without_vmconfig; fi
keep_images
if [ ! -e "$installed" ]; then run_script install; fi
run_script configure
import_images
run_script restart
[ -e "$installed" ] || give_up 1 "the scripts of vmconfig ended well, but left no $installed"
this_run | write_file "$configured" 600
say "done"
`;
