#!/usr/bin/env bash
# Stand-in for vmconfig's restart.sh. There are no services here but what the agent does once it runs: it registers with
# the nonce, has a certificate from then on, and removes the nonce.
set -euo pipefail
identity=/opt/nstance-agent/identity
echo restart.sh >>/var/log/vm-root
for file in user-data detected mutable; do
	# shellcheck source=/dev/null
	. "/opt/podplane/etc/$file.env"
done
if [ -f "$identity/nonce.jwt" ]; then
	# shellcheck disable=SC2016 # For the inner shell.
	setpriv --reuid=nstance-agent --regid=nstance-agent --init-groups \
		sh -c 'cp "$1/nonce.jwt" "$1/identity.crt" && rm "$1/nonce.jwt"' sh "$identity"
fi
