/**
 * Shell of the user-data: steps in directories that are not root's. Each is done as their owner, so that what he can
 * change, links above all, leads nowhere that he could not go himself.
 *
 * What runs so is the text of a variable, in the directory that it is about, with its parameters in the environment, and
 * what it writes on standard input.
 */
export const ownerShell = `# A link or a pipe is not read, and replaced; a second name of another file stays that.
authorize_own='
umask 077
keys=.ssh/authorized_keys
fail() {
	printf "%s\\n" "$1" >&2
	exit 1
}
if [ -h .ssh ]; then fail ".ssh is a link, which is not followed"; fi
[ -d .ssh ] || mkdir .ssh || exit
old=/dev/null
if [ ! -h "$keys" ] && [ -f "$keys" ] && [ -r "$keys" ]; then
	old=$keys
elif [ ! -h "$keys" ] && [ -d "$keys" ]; then
	fail "$keys is a directory"
elif [ -h "$keys" ] || [ -e "$keys" ]; then
	printf "%s\\n" "$keys was no file of the user: now it is, with these keys alone" >&2
	rm -f "$keys"
fi
rm -f "$keys.new"
set -C
{
	cat "$old"
	if [ -n "$(tail -c 1 "$old")" ]; then echo; fi
	while IFS= read -r key; do
		if ! grep -qxF "$key" "$old"; then printf "%s\\n" "$key"; fi
	done
} >"$keys.new" && chmod 600 "$keys.new" && mv -f "$keys.new" "$keys"'

write_own='
umask 077
[ -d "\${file%/*}" ] || mkdir "\${file%/*}" || exit
rm -f "$file.new" && set -C && cat >"$file.new" && chmod "$mode" "$file.new" || exit
if [ -h "$file" ]; then rm -f "$file"; fi
mv -f "$file.new" "$file"'

# Runs such a text in DIRECTORY as UID and GID, without other groups; me is this user. It has a minute: an owner can stop
# his processes.
as_owner() (
	cd -P "$1" || exit
	export file mode
	if [ "$2" = "$me" ]; then exec sh -c "$4"; fi
	case $(setpriv --help 2>&1) in
	*--reuid*) exec timeout -k 5 60 setpriv --reuid "$2" --regid "$3" --clear-groups sh -c "$4" 8>&- ;;
	esac
	entry=$(getent passwd "$2")
	exec timeout -k 5 60 su -s /bin/sh -c "$4" "\${entry%%:*}" 8>&-
)

# A user to log in as, who may do everything by sudo. The right comes first: where this is cut, there is no user yet, and
# the next run does both. Of a user who is there already nothing is changed.
make_user() {
	shell=/bin/bash
	if [ ! -x "$shell" ]; then shell=/bin/sh; fi
	make_directory "$root/etc/sudoers.d" 755
	printf '%s ALL=(ALL) NOPASSWD:ALL\\n' "$ssh_user" | write_file "$root/etc/sudoers.d/$ssh_user" 440
	getent group "$ssh_user" >/dev/null || said=$(groupadd "$ssh_user" 2>&1) ||
		give_up 2 "there is no user $ssh_user, and no group can be made for him: $said"
	said=$(umask 022 && useradd -g "$ssh_user" -m -s "$shell" "$ssh_user" 2>&1) ||
		give_up 2 "there is no user $ssh_user, and he cannot be made: $said"
	say "made the user $ssh_user"
}

# Adds what is missing; other keys stay.
authorize_keys() {
	if [ -z "$ssh_keys" ]; then return; fi
	entry=$(getent passwd "$ssh_user") || {
		make_user
		entry=$(getent passwd "$ssh_user") || give_up 2 "there is no user $ssh_user for the SSH keys"
	}
	entry=\${entry#*:*:} me=$(id -u)
	uid=\${entry%%:*} entry=\${entry#*:}
	gid=\${entry%%:*} entry=\${entry#*:*:}
	home=$root\${entry%%:*}
	if [ "$uid" = "$me" ]; then make_directory "$home" 700; fi
	said=$(printf %s "$ssh_keys" | as_owner "$home" "$uid" "$gid" "$authorize_own" 2>&1) ||
		give_up 2 "cannot write the SSH keys of $ssh_user below $home: $said"
	if [ -n "$said" ]; then say "$home: $said"; fi
}

# A file of the identity, from standard input. Its directory, and the one above, are the agent's once all is installed.
write_own_file() {
	directory=\${1%/*} file=\${1##*/}/$2 mode=$3
	make_directory "$directory" 755
	owner=$(stat -c %u:%g "$directory") me=$(id -u)
	if [ "\${owner%:*}" = "$me" ] && { [ -e "$1" ] || [ -h "$1" ]; }; then owner=$(stat -c %u:%g "$1"); fi
	said=$(as_owner "$directory" "\${owner%:*}" "\${owner#*:}" "$write_own" 2>&1) || give_up 2 "cannot write $1/$2: $said"
}

write_identity() {
	if [ -n "$has_ca" ]; then print_ca | write_own_file "$identity" ca.crt 644; fi
	if [ -n "$has_nonce" ]; then print_nonce | write_own_file "$identity" nonce.jwt 600; fi
}
`;
