#!/bin/sh
# Runs a program in a network and with a resolv.conf of its own, as unshare(1) starts it:
#     unshare --map-root-user --mount --net room.sh PROGRAM...
# There, on port 53, 127.0.0.1 has a zone, 127.0.0.2 is silent and 127.0.0.3 refuses (../net/dns_server.js); nobody is
# at 127.0.0.4. ROOM in the environment of PROGRAM is the file that it may change to have another resolv.conf.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'kill $(jobs -p); exit 143' TERM
busybox ip link set lo up
: >"$folder/resolv.conf"
mount --bind "$folder/resolv.conf" /etc/resolv.conf
mkfifo "$folder/input" "$folder/output"
PORT_zone=53 PORT_silent=53 ADDRESS_silent=127.0.0.2 PORT_refuse=53 ADDRESS_refuse=127.0.0.3 \
	node "$(dirname "$0")/../net/dns_server.js" <"$folder/input" >"$folder/output" &
exec 3>"$folder/input" 4<"$folder/output"
line=
while read -r line <&4 && [ "$line" != ready ]; do :; done
[ "$line" = ready ] || exit 1
status=0
ROOM=$folder/resolv.conf "$@" 3>&- 4<&- &
wait $! || status=$?
exec 3>&-
wait
umount /etc/resolv.conf
exit $status
