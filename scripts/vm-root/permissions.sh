#!/usr/bin/env bash
# Stand-in for vmconfig's permissions.sh, which install.sh and configure.sh run: the agent's directories become the
# agent's, and the operator's user and sudo entry are there only where keys for him are.
set -euo pipefail
echo permissions.sh >>/var/log/vm-root
exec 9>/run/podplane-permissions.lock
flock --nonblock 9
for file in user-data mutable; do
	# shellcheck source=/dev/null
	if [ -f "/opt/podplane/etc/$file.env" ]; then . "/opt/podplane/etc/$file.env"; fi
done

make_user() { # NAME SHELL [GROUP]
	getent group "$1" >/dev/null || groupadd "$1"
	if ! getent passwd "$1" >/dev/null; then useradd --gid "$1" --create-home --shell "$2" "$1"; fi
	usermod --shell "$2" --groups "${3-}" "$1"
}
make_directory() { # MODE OWNER GROUP PATH
	if [ -L "$4" ]; then exit 1; fi
	mkdir -p "$4"
	chmod "$1" "$4"
	chown "$2:$3" "$4"
}
make_user podplane /usr/sbin/nologin
make_user nstance-agent /usr/sbin/nologin podplane
make_directory 750 root podplane /opt
make_directory 750 root podplane /opt/podplane
make_directory 700 root root /opt/podplane/etc
make_directory 700 nstance-agent nstance-agent /opt/nstance-agent
make_directory 700 nstance-agent nstance-agent /opt/nstance-agent/identity

if [ -n "${IMMUTABLE_SSH_AUTHORIZED_KEYS-}${SSH_AUTHORIZED_KEYS-}" ]; then
	make_user admin /bin/bash
	mkdir -p /etc/sudoers.d
	echo 'admin ALL=(ALL) NOPASSWD:ALL' >/etc/sudoers.d/admin
	chmod 440 /etc/sudoers.d/admin
else
	rm -f /etc/sudoers.d/admin
fi
