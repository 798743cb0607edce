/**
 * Shell of the fetch script: which bytes of an earlier transfer can be gone on from (RFC 9110, sections 13.1.5 and
 * 14.2). Partial files and what stands beside them have the names and the form that `assay stage` gives them
 * (src/io/partial-file.ts): one goes on where the other was cut.
 *
 * Headers are a server's: they are read line by line by the shell itself, matched against patterns, and never
 * evaluated.
 */
export const resumeShell = `# An entity tag that is strong, or a date: what If-Range takes (RFC 9110, section 13.1.5). Others are forgotten.
keep_validator() {
	validator=''
	case $1 in
	'"'*'"')
		bare=\${1#?}
		bare=\${bare%?}
		case $bare in
		*[!!-~]* | *'"'* | *"$backslash"*) ;;
		*) validator=$1 ;;
		esac
		;;
	[A-Z]??', '[0-9][0-9]' '???' '[0-9][0-9][0-9][0-9]' '??:??:??' GMT')
		case $1 in
		*[!A-Za-z0-9' ',:]*) ;;
		*) validator=$1 ;;
		esac
		;;
	esac
}

# What follows a header's colon, without white space around it.
header_value() {
	value=\${line#*:}
	while :; do
		case $value in
		[[:space:]]*) value=\${value#?} ;;
		*[[:space:]]) value=\${value%?} ;;
		*) return ;;
		esac
	done
}

# The version file: a line of JSON that says of what, and which version, the partial file is, as assay stage writes
# it; below, where a transfer was cut off, the headers of its answers. Sets validator (empty: the partial file cannot
# be gone on from), code (the last status), coded, again_after, spliced and received (the bytes that curl says came).
read_version() {
	validator='' code=0 again_after='' coded='' spliced='' received='' etag='' modified='' date='' resumed=''
	is_first=yes
	[ -f "$version" ] && [ ! -h "$version" ] && [ -r "$version" ] || return 0
	while IFS= read -r line || [ -n "$line" ]; do
		line=\${line%"$return"}
		if [ -n "$is_first" ]; then
			is_first=''
			case $line in
			'{"url":"'"$url"'","validator":"'*'"}') ;;
			*) return 0 ;;
			esac
			value=\${line#*'","validator":"'}
			value=\${value%'"}'}
			case $value in
			"$backslash"'"'*"$backslash"'"')
				value=\${value#??}
				value='"'\${value%??}'"'
				;;
			esac
			keep_validator "$value"
			resumed=$validator
			continue
		fi
		case $line in
		HTTP/*)
			code=\${line#* }
			code=\${code%% *}
			etag='' modified='' date='' again_after='' coded=''
			;;
		[Ee][Tt][Aa][Gg]:*) header_value && etag=$value ;;
		[Ll][Aa][Ss][Tt]-[Mm][Oo][Dd][Ii][Ff][Ii][Ee][Dd]:*) header_value && modified=$value ;;
		[Dd][Aa][Tt][Ee]:*) header_value && date=$value ;;
		[Cc][Oo][Nn][Tt][Ee][Nn][Tt]-[Ee][Nn][Cc][Oo][Dd][Ii][Nn][Gg]:*)
			header_value
			case $value in
			'' | [Ii][Dd][Ee][Nn][Tt][Ii][Tt][Yy]) ;;
			*) coded=yes ;;
			esac
			;;
		[Rr][Ee][Tt][Rr][Yy]-[Aa][Ff][Tt][Ee][Rr]:*) header_value && again_after=$value ;;
		'') end_of_headers ;;
		*[!0-9]*) ;;
		*) received=$line ;;
		esac
	done <"$version"
}

end_of_headers() {
	case $code in
	200)
		# A whole file, where the rest of one was asked for, is another. One that is coded is not gone on from.
		if [ -n "$resumed$coded" ]; then
			validator=''
			return
		fi
		# Within the second of its last change, a date does not tell versions apart.
		if [ -z "$etag" ] && [ -n "$date" ] && [ "$date" != "$modified" ]; then etag=$modified; fi
		keep_validator "$etag"
		;;
	206)
		case $resumed in
		'"'*) if [ -n "$etag" ] && [ "$etag" != "$resumed" ]; then spliced=yes; fi ;;
		esac
		;;
	esac
}

write_version() {
	case $1 in
	'"'*)
		bare=\${1#?}
		printf '{"url":"%s","validator":"%s%s"}\\n' "$url" "$backslash"'"' "\${bare%?}$backslash"'"' >"$version"
		;;
	*) printf '{"url":"%s","validator":"%s"}\\n' "$url" "$1" >"$version" ;;
	esac
}

# How much there is to go on from. Only a file of this user's, without a second name, is ever written to.
find_partial() {
	have=0
	read_version
	if [ ! -h "$partial" ] && [ -f "$partial" ] && [ -r "$partial" ] && [ "$(stat -c %h.%u "$partial")" = "1.$(id -u)" ]; then
		read_size "$partial"
		have=$bytes
		if [ "$have" -eq "$size" ]; then return 0; fi
		if [ "$have" -gt "$size" ] || [ -z "$validator" ]; then have=0; fi
	fi
	if [ "$have" -eq 0 ]; then
		drop
		validator=''
	fi
}
`;
