/**
 * Shell of the fetch script: one run at a time, workers that share the list out among themselves, and an end
 * without anything left behind.
 */
export const runShell = `# Made anew, or by another worker: noclobber opens it exclusively, and no program has to be started.
is_first() {
	set -C
	{ true >"$state/$index"; } 2>/dev/null
	code=$?
	set +C
	return "$code"
}

# One of the list, for who comes first; or, in the end, a look at what became of it. ACT gets it, LOOK judges what is there.
one() {
	act=$1 look=$2
	shift 2
	index=$((index + 1))
	case $task in
	report)
		[ -e "$state/$index.done" ] || missing="$missing $1"
		return
		;;
	judge)
		"$look" "$@" || missing="$missing $1"
		return
		;;
	esac
	is_first || return 0
	if "$act" "$@"; then
		true >"$state/$index.done"
	else
		worse "$?"
	fi
}

judge_item() {
	read_item "$@" && judge_final
}

item() {
	one fetch judge_item "$@"
}

stop_worker() {
	trap '' HUP INT TERM
	if [ -n "$child" ]; then
		kill "$child" 2>/dev/null
		wait "$child"
	fi
	exit 143
}

work_through() {
	child=''
	trap stop_worker HUP INT TERM
	list
	exit "$worst"
}

# What killed runs left: under the lock, all of it; without, that of processes which are no more, one of this very
# number among them: after a start of the machine, numbers come again.
sweep() {
	for old in fetch.*; do
		is_here "$old" || continue
		if [ -n "$locked" ] || [ "$old" = "$state" ] || ! kill -0 "\${old##*.}" 2>/dev/null; then
			rm -rf "$old" 2>/dev/null
		fi
	done
}

# Nothing can be made in the directory. That is no failure where nothing has to be.
judge_only() {
	leave_private "$top"
	task=judge place=$top
	list
	[ -z "$missing" ] || give_up 2 "cannot write in $dir\${problem:+ ($problem)}, to get:$missing"
	say "all $index files are in $dir"
	exit 0
}

interrupted() {
	trap '' HUP INT TERM
	for worker in $workers; do kill "$worker" 2>/dev/null; done
	wait
	say "interrupted: what is in place is right; run it again to go on"
	exit "$1"
}

# A version file without its partial file is of what is in place by now, or in nobody's use: one program removes them all.
clean_up() {
	set -- "$state"
	for old in "$work"/.*.version; do
		if is_here "$old" && ! is_here "\${old%version}partial"; then set -- "$@" "$old"; fi
	done
	rm -rf "$@"
	leave_private "$top"
}

require_programs() {
	for program in cat chmod curl id mkdir mv rm rmdir sha256sum sha512sum sleep stat tr $image_programs; do
		command -v "$program" >/dev/null 2>&1 || give_up 2 "there is no $program here"
	done
}

return=$(printf '\\015')
backslash="\\\\"
digit='[0-9a-f]'
hex16=$digit$digit$digit$digit$digit$digit$digit$digit
hex16=$hex16$hex16
worst=0 workers='' task=fetch index=0 missing='' openssl=''
if command -v openssl >/dev/null 2>&1; then openssl=yes; fi

# Images are none of what is installed: an image of a machine may lack them.
if [ -e "$installed" ] && [ -z "$image_programs" ]; then
	say "nothing to do: $installed exists"
	exit 0
fi
require_programs
case $dir in
/*) ;;
*) dir=./$dir ;;
esac
[ -d "$dir" ] || problem=$(mkdir -p "$dir" 2>&1) || give_up 2 "cannot make $dir: $problem"
if [ ! -r "$dir" ] || ! cd -P "$dir" 2>/dev/null; then give_up 2 "cannot read $dir"; fi
# From here on this shell is in the private directory, and what it makes is there: files are above, under their names.
top=$PWD place=.. state=fetch.$$
lock_private "$top" || judge_only
sweep
# Where there are no locks, another run may have removed it before there was anything in it.
until problem=$(mkdir "$state" "$state/ready" 2>&1); do
	if is_private_current; then judge_only; fi
	lock_private "$top" || judge_only
done
authority=''
if [ -n "$mirror_ca" ]; then
	authority=$state/mirror-ca
	printf %s "$mirror_ca" >"$authority" || give_up 2 "cannot write in $dir"
fi
# Without locks, runs do not share partial files, and none goes on where another was cut.
if [ -n "$locked" ]; then work=.; else work=$state; fi
trap clean_up EXIT
trap 'interrupted 129' HUP
trap 'interrupted 130' INT
trap 'interrupted 143' TERM

while [ "$jobs" -gt 0 ]; do
	jobs=$((jobs - 1))
	work_through &
	workers="$workers $!"
done
for worker in $workers; do
	wait "$worker"
	code=$?
	case $code in
	0 | 4 | 5) worse "$code" ;;
	*) worse 2 ;;
	esac
done

task=report
list
if [ -n "$missing" ]; then
	worse 2
	say "failed:$missing"
else
	say "all $index files are in $dir"
fi
exit "$worst"
`;
