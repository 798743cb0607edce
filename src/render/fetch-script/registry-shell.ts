/**
 * Shell of the fetch script for files that are blobs of a registry (OCI distribution specification 1.1): what it demands
 * by 401 is given to it (RFC 9110, section 11.6; RFC 6750; the distribution project's token authentication), and to
 * nobody else.
 *
 * Credentials are read from where docker, podman and skopeo keep them, and stay in variables of the shell: what curl is
 * told of them it reads from a pipe. What a registry or a realm sends is matched against patterns, and never evaluated.
 * curl itself drops an Authorization where a redirect leads to another host (since 7.58; to another port since 7.83).
 */
export const registryShell = `# The demands of the registry's own answer, into bearer and basic. Whoever it redirected to has none to make of us: 1.
read_challenge() {
	bearer='' basic=''
	while IFS= read -r line || [ -n "$line" ]; do
		line=\${line%"$return"}
		case $line in
		HTTP/*" 3"[0-9][0-9]*) return 1 ;;
		[Ww][Ww][Ww]-[Aa][Uu][Tt][Hh][Ee][Nn][Tt][Ii][Cc][Aa][Tt][Ee]:*)
			header_value
			case $value in
			[Bb][Ee][Aa][Rr][Ee][Rr]' '*) bearer=\${value#* } ;;
			[Bb][Aa][Ss][Ii][Cc] | [Bb][Aa][Ss][Ii][Cc]' '*) basic=yes ;;
			esac
			;;
		esac
	done <"$version"
}

# The value of the parameter NAME of a challenge, in quotes as all registries write it, into value.
read_parameter() {
	value=''
	case ",$bearer" in
	*[', ']"$1"'="'*'"'*)
		value=",$bearer"
		value=\${value#*[, ]"$1"'="'}
		value=\${value%%'"'*}
		;;
	esac
}

# What the files of credentials have under one of the keys, the first that has anything, into credentials.
read_credentials() {
	credentials=''
	if [ -n "\${REGISTRY_AUTH_FILE:-}" ]; then
		[ -r "$REGISTRY_AUTH_FILE" ] || fail 2 "cannot read $REGISTRY_AUTH_FILE" || return
		find_credentials "$REGISTRY_AUTH_FILE" "$@"
	elif [ -n "\${DOCKER_CONFIG:-}" ]; then
		find_credentials "$DOCKER_CONFIG/config.json" "$@"
	else
		auth_dir=/run/containers/$(id -u)
		if [ -n "\${XDG_RUNTIME_DIR:-}" ]; then auth_dir=$XDG_RUNTIME_DIR/containers; fi
		find_credentials "$auth_dir/auth.json" "$@"
		find_credentials "\${XDG_CONFIG_HOME:-\${HOME:-}/.config}/containers/auth.json" "$@"
		find_credentials "\${HOME:-}/.docker/config.json" "$@"
	fi
}

# As containers-auth.json(5) has it: user and password in Base64, as they are sent. No program is asked (credHelpers).
find_credentials() {
	[ -z "$credentials" ] && [ -r "$1" ] || return 0
	auths=$(tr -d '[:space:]' <"$1")
	# A key of the file itself is no host: a realm may be called "auths".
	case $auths in
	*'"auths":{'*) auths=\${auths#*'"auths":{'} ;;
	*) return 0 ;;
	esac
	shift
	for key in "$@"; do
		case $auths in
		*'"'"$key"'":{'*) ;;
		*) continue ;;
		esac
		found=\${auths#*'"'"$key"'":{'}
		found=\${found%%'}'*}
		case $found in
		*'"auth":"'*'"'*) ;;
		*) continue ;;
		esac
		found=\${found#*'"auth":"'}
		found=\${found%%'"'*}
		case $found in
		'' | *[!A-Za-z0-9+/=]*) ;;
		*)
			credentials=$found
			return
			;;
		esac
	done
}

print_credentials() {
	[ -z "$credentials" ] || printf 'header = "Authorization: Basic %s"\\n' "$credentials"
}

# A token to read this repository. Our credentials go to the host that they are for: the registry's, or one that has some
# of its own in the file. Anybody else is asked as nobody.
ask_for_token() {
	read_parameter realm
	realm=$value
	case $realm in
	*[!A-Za-z0-9._~:/?%\\&=+,-]*) realm='' ;;
	https://[A-Za-z0-9]*) ;;
	http://[A-Za-z0-9]*) case $url in https:*) realm='' ;; esac ;;
	*) realm='' ;;
	esac
	[ -n "$realm" ] || fail 4 "the registry sends us for a token to no place that we would ask ($url)" || return
	realm_host=\${realm#*://}
	realm_host=\${realm_host%%[/?]*}
	registry_host=\${registry#*://}
	registry_host=\${registry_host%%/*}
	read_parameter service
	if [ "$realm_host" = "$registry_host" ]; then
		read_registry_credentials || return
	else
		# Its query could ask for more than our scope: whoever names it would be sent a token for another repository.
		realm=\${realm%%'?'*}
		read_credentials "$realm_host" "https://$realm_host" || return
	fi
	set -- -q --silent --show-error --fail --globoff --proto "$allowed" --connect-timeout "$stall_seconds" \\
		--max-time "$((stall_seconds + 60))" --max-filesize 65536 --user-agent assay-fetch --config - \\
		--get --data "scope=repository:\${registry#*://*/v2/}:pull" --data-urlencode "service=$value" --url "$realm"
	if [ -n "$authority" ] && [ "$realm_host" = "$registry_host" ] && is_mirror; then set -- "$@" --cacert "$authority"; fi
	authorization=''
	print_credentials | limited_curl 256 "$@" >"$state/$index.token" 2>"$state/$index.curl" &
	child=$!
	wait "$child"
	told=$?
	child=''
	token=$(tr -d '\\000-\\037' <"$state/$index.token")
	rm -f "$state/$index.token"
	read_reason "$told" "$(cat "$state/$index.curl" 2>/dev/null)"
	[ "$told" -eq 0 ] || fail 4 "no token from $realm_host: $reason" || return
	read_token || fail 4 "no token that could be sent in what $realm_host answered" || return
	authorization="Bearer $token"
}

# As RFC 6750 has it: nothing that could end a header, or a line of what curl reads.
read_token() {
	case $token in
	*'"token":'*) token=\${token#*'"token":'} ;;
	*'"access_token":'*) token=\${token#*'"access_token":'} ;;
	*) return 1 ;;
	esac
	token=\${token#"\${token%%[! ]*}"}
	case $token in
	'"'*) token=\${token#?} ;;
	*) return 1 ;;
	esac
	token=\${token%%'"'*}
	case $token in
	'' | *[!A-Za-z0-9._~+/=-]*) return 1 ;;
	esac
}

# After a 401: what the next request is sent with, into authorization. Returns 1 where there is to be a next one. A demand
# that was met is not met again: tokens expire, but not twice without a step between.
authorize() {
	is_ours || fail_here "$reason" || return
	read_challenge || fail_here "where the registry redirects to wants authentication ($url)" || return
	keep_partial
	demands=$((demands + 1))
	[ "$demands" -le 2 ] || fail 4 "the registry refuses the token that it was asked for ($url)" || return
	if [ -n "$bearer" ]; then
		ask_for_token || return
	elif [ -n "$basic" ]; then
		[ -z "$authorization" ] || fail 4 "the registry refuses the password ($url)" || return
		read_registry_credentials || return
		[ -n "$credentials" ] || fail 4 "the registry wants a password, and there is none for it ($url)" || return
		authorization="Basic $credentials"
	else
		fail 4 "the registry wants authentication of another kind than Bearer and Basic ($url)" || return
	fi
	# It was no attempt.
	attempt=$((attempt - 1))
	return 1
}

fail_here() {
	keep_partial
	fail 4 "$1"
}

# Not every file is: a tarball may come from somewhere else. What one repository has asked for is shown to no other.
is_ours() {
	find_registry || return
	[ "$registry" = "$authorized" ] || authorization=''
	authorized=$registry
}

print_authorization() {
	if is_ours && [ -n "$authorization" ]; then printf 'header = "Authorization: %s"\\n' "$authorization"; fi
}

# By curl's standard input: an argument is everybody's to read.
request() {
	print_authorization | limited_curl "$@" --config - &
}
`;

/** In its place where there is no registry. */
export const anonymousShell = `request() {
	limited_curl "$@" &
}

authorize() {
	: "$demands"
	keep_partial
	fail 4 "$reason"
}
`;
