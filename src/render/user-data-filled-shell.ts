/** Shell of the user-data: values that were filled in after it was rendered are read as text, and judged (user-data-filled.ts). */
export const filledShell = `# They stand below the last command of this very file.
open_values() {
	if [ ! -f "$0" ] || [ ! -r "$0" ]; then give_up 2 "the values are in this script: run it as a file, by its name"; fi
	# A shell reads past it, and would read another text than there is.
	[ "$(tr -d '\\000' <"$0" | cksum)" = "$(cksum <"$0")" ] || refuse_values
	exec 7<"$0"
	while IFS= read -r line <&7; do
		if [ "$line" = ": <<'$mark'" ]; then return; fi
	done
	refuse_values
}

# Each ends with a line of its own. A value that brings one along makes one too many, wherever it is.
read_value() {
	value=''
	while IFS= read -r line <&7; do
		case $line in
		"=$mark "*)
			[ "$line" = "=$mark $1" ] || refuse_values
			value=\${value%"$newline"}
			"$2" || give_up 2 "$1, as it was filled in, is not what it must be: nothing was done"
			return
			;;
		esac
		value=$value$line$newline
	done
	refuse_values
}

close_values() {
	IFS= read -r line <&7 || :
	[ "$line" = "$mark" ] || refuse_values
	while IFS= read -r line <&7 || [ -n "$line" ]; do
		[ -z "$line" ] || refuse_values
	done
	exec 7<&-
}

refuse_values() {
	give_up 2 "the values are not in their form: one has NUL, or a line that begins with =$mark, or this was cut. Nothing was done"
}

# One line, all of it.
is_line() {
	case $value in
	*"$newline"*) return 1 ;;
	esac
	printf '%s\\n' "$value" | grep -qxE -e "$1"
}

label='[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?'
authority='([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\\[[0-9a-f:.]+\\])'
port=':[1-9][0-9]{0,4}'

is_host_name() {
	is_line "$label(\\.$label)*" && [ "\${#value}" -le 64 ] && ! is_line '(.*\\.)?[0-9]+'
}

is_url() {
	is_line "https://$authority($port)?(/[A-Za-z0-9._~%+:@,=&/-]*)?|tcp://$authority$port"
}

is_address() {
	is_line "$authority$port"
}

is_token() {
	is_line '[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+'
}

# One a line, or none; without options, which can run commands.
is_ssh_keys() {
	kind='(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\\.com)'
	! printf '%s\\n' "$value" | grep -qvxE -e "$kind AAAA[A-Za-z0-9+/]+={0,3}( [^[:cntrl:]]+)?" -e ''
}

print_ssh_keys() {
	printf '%s\\n' "$value" | grep . || :
}

# PEM and nothing else.
is_certificates() {
	printf '%s\\n' "$value" | {
		place=outside found=''
		while IFS= read -r line; do
			case $place.$line in
			outside.) ;;
			'outside.-----BEGIN CERTIFICATE-----') place=begun ;;
			'inside.-----END CERTIFICATE-----') place=outside found=yes ;;
			outside.* | *. | *.*[!A-Za-z0-9+/=]*) exit 1 ;;
			*) place=inside ;;
			esac
		done
		[ "$place$found" = outsideyes ]
	}
}

# Lines without control characters.
is_braced_text() {
	case $value in
	*'<no value>'*) return 1 ;;
	esac
	[ "$(printf %sx "$value" | tr -d '\\001-\\010\\013-\\037\\177')" = "\${value}x" ]
}

# And nothing in them that was left to be filled in.
is_text() {
	case $value in
	*'{''{'*.*'}''}'*) return 1 ;;
	esac
	is_braced_text
}

# As environment-file.ts has it.
print_variable() {
	quoted=$(printf '%sx\\n' "$2" | sed 's/["\\\\$\`]/\\\\&/g')
	printf '%s="%s"\\n' "$1" "\${quoted%x}"
}
`;
