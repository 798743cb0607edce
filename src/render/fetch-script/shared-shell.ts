/**
 * Shell that rendered scripts share. A directory of this user's alone inside another, and the lock on it: what it is for,
 * and how runs take turns, is in src/io/private-directory.ts; `assay stage` and these scripts keep each other out. And
 * what of curl's message is worth repeating.
 *
 * It needs `say` and `give_up` of the script, and lock_seconds.
 */
export const sharedShell = `newline='
'

# Of what curl said, having ended with STATUS, the line with the reason, into reason. Before and after it there may be
# others: of the loader, of advice.
read_reason() {
	case $2 in
	*"curl: ($1) "*)
		reason=\${2##*"curl: ($1) "}
		reason="curl: ($1) \${reason%%"$newline"*}"
		;;
	?*) reason=\${2%%"$newline"*} ;;
	*) reason="curl ended with $1" ;;
	esac
	# It may repeat what a server said.
	case $reason in
	*[[:cntrl:]]*) reason=$(printf %s "$reason" | tr -d '\\000-\\037\\177') ;;
	esac
}

# Are these two names of one file? A link is none of where it leads to.
are_same() {
	both=$(stat -c %d:%i "$1" "$2" 2>/dev/null) && [ "\${both%%"$newline"*}" = "\${both#*"$newline"}" ]
}

# Goes into PARENT/.assay, which is made where it is missing. What it is, is looked at from inside: by then it does not
# matter any more what becomes of its name. Returns 1, with the reason in problem, where it cannot be made or is somebody
# else's, and 2 where that may have been so for a moment only.
enter_private() {
	cd -P "$1" || return 1
	parent=$(stat -c %d:%i . 2>/dev/null)
	# A link, a pipe or a file, whoever made it: none of them is followed or opened.
	if [ -h .assay ] || { [ -e .assay ] && [ ! -d .assay ]; }; then rm -f .assay 2>/dev/null || :; fi
	# By the mask: BusyBox makes it open to others, and applies a mode given by -m afterwards.
	problem=$(umask 077 && mkdir .assay 2>&1) || :
	if ! cd -P .assay 2>/dev/null; then
		[ -d .assay ] || return 2
		problem="$1/.assay is another user's"
		return 1
	fi
	both=$(stat -c '%d:%i %u %a' .. . 2>/dev/null)
	# Was a link when it was gone through.
	[ "\${both%% *}" = "$parent" ] || return 2
	mode=\${both##* }
	owner=\${both% *}
	if [ "\${owner##* }" != "$(id -u)" ]; then
		problem="$1/.assay is another user's"
		cd -P .. && rmdir .assay 2>/dev/null || return 1
		return 2
	fi
	if [ "$mode" != 700 ]; then
		chmod 700 . 2>/dev/null || :
		mode=$(stat -c %a .)
	fi
	case $mode in
	*[2367]? | *[2367])
		problem="others can write in $1/.assay"
		return 1
		;;
	esac
}

# Waits for its turn: 0 it is ours, 1 there are no locks here (no flock(1), or a file system without).
take_lock() {
	command -v flock >/dev/null 2>&1 || return 1
	exec 9<.
	while :; do
		code=0
		flock -n 9 2>/dev/null || code=$?
		# Only 1 says that another run has it.
		[ "$code" -ne 0 ] || return 0
		[ "$code" -eq 1 ] || return 1
		[ "$waited" -gt 0 ] || say "waiting for another run in $1"
		[ "$waited" -lt "$lock_seconds" ] || give_up 2 "$1 is in use by another run, and was so for $waited s"
		sleep 1
		waited=$((waited + 1))
	done
}

# Is the name still that of the directory that this shell is in?
is_private_current() {
	are_same ../.assay .
}

# Goes into PARENT/.assay, with the lock on descriptor 9 where there are locks (locked). The kernel lets go of it when the
# last process that has it is gone, however it ended. Who had it before removes a directory that is left empty, and then
# it is another one. Returns 1, with the reason in problem, where there can be none; this shell is in PARENT then.
lock_private() {
	waited=0 tries=0 refused=0
	while [ "$tries" -lt 100 ] && [ "$refused" -lt 5 ]; do
		tries=$((tries + 1)) code=0 locked=''
		enter_private "$1" || code=$?
		if [ "$code" -eq 1 ]; then break; fi
		if [ "$code" -eq 0 ]; then
			if take_lock "$1"; then locked=yes; fi
			if is_private_current; then return 0; fi
			exec 9<&-
		else
			refused=$((refused + 1))
		fi
	done
	cd -P "$1" || :
	return 1
}

leave_private() {
	rmdir "$1/.assay" 2>/dev/null || :
}
`;
