#!/usr/bin/env bash
# Stand-in for vmconfig's configure.sh: demands what that demands, and takes away the operator's keys that it is not told
# to keep.
set -euo pipefail
share=/opt/podplane/share
settings=/opt/podplane/etc
identity=/opt/nstance-agent/identity
echo configure.sh >>/var/log/vm-root

stop() {
	echo "configure.sh: $1" >&2
	exit 1
}
need() { # VARIABLE…
	local name
	for name in "$@"; do [ -n "${!name-}" ] || stop "$name is missing"; done
}
answers() { # HOST:PORT
	# shellcheck disable=SC2016 # For the inner shell.
	timeout 5 bash -c 'exec 3<>"/dev/tcp/$1/$2"' bash "${1%:*}" "${1##*:}" || stop "nobody answers at $1"
}

[ ! -f "$share/vmconfig-manifest.json" ] || stop 'it is not installed'
[ -f "$share/vmconfig-installed.json" ] || stop 'it is not installed'
[ -f "$settings/user-data.env" ] || stop 'there is no user-data.env'
/opt/podplane/bin/permissions.sh
# What is found out at the first boot.
[ -s "$settings/detected.env" ] || echo "INSTANCE_HOSTNAME='$(hostname)'" >"$settings/detected.env"
[ -s "$settings/mutable.env" ] || echo "SSH_AUTHORIZED_KEYS=''" >"$settings/mutable.env"
for file in user-data detected mutable; do
	# shellcheck source=/dev/null
	. "$settings/$file.env"
done

case ${PROVIDER_KIND-} in
local | proxmox) ;;
aws) need AWS_ACCOUNT_ID CLUSTER_ID ;;
google) need GOOGLE_PROJECT_ID ;;
*) stop 'PROVIDER_KIND is none that is known' ;;
esac
need INSTANCE_ID NSTANCE_SERVER_REGISTRATION_ADDR NSTANCE_SERVER_AGENT_ADDR
answers "$NSTANCE_SERVER_REGISTRATION_ADDR"
answers "$NSTANCE_SERVER_AGENT_ADDR"

[ -f "$identity/ca.crt" ] || stop 'there is no CA certificate'
[ -f "$identity/nonce.jwt" ] || [ -f "$identity/identity.crt" ] || stop 'there is no nonce'
for file in ca.crt nonce.jwt; do
	[ -f "$identity/$file" ] || continue
	chmod 600 "$identity/$file"
	chown nstance-agent:nstance-agent "$identity/$file"
done

keys=/home/admin/.ssh/authorized_keys
if [ -n "${IMMUTABLE_SSH_AUTHORIZED_KEYS-}" ]; then
	mkdir -p "${keys%/*}"
	chmod 700 "${keys%/*}"
	printf '%s\n' "$IMMUTABLE_SSH_AUTHORIZED_KEYS" >"$keys"
	chmod 600 "$keys"
	chown -R admin:admin "${keys%/*}"
else
	rm -f "$keys"
fi
