#!/bin/sh
# Writes nginx's configuration for this environment and becomes nginx.
set -eu

fail() {
    echo "frontend: $*" >&2
    exit 1
}

[ -n "${BACKEND_HOST:-}" ] || fail "BACKEND_HOST is not set: name the host that serves the API"
[ -n "${BACKEND_PORT:-}" ] || fail "BACKEND_PORT is not set: name the port of the API"
port=${PORT:-8080}
case $BACKEND_HOST in *[!A-Za-z0-9._-]*) fail "BACKEND_HOST is '$BACKEND_HOST': give a host name or an IPv4 address" ;; esac
for number in "$BACKEND_PORT" "$port"; do
    case $number in *[!0-9]*) fail "BACKEND_PORT and PORT are numbers: '$number' is none" ;; esac
done

case ${RESOLVERS:-} in *[!][A-Za-z0-9.:\ -]*) fail "RESOLVERS is '$RESOLVERS': give addresses with spaces between" ;; esac
# `host` or `host:port`, several with spaces between; those of this machine where none are named.
resolvers=${RESOLVERS:-}
if [ -z "$resolvers" ]; then
    while read -r key address _; do
        [ "$key" = nameserver ] || continue
        case $address in
        *%*) continue ;;
        *:*) address="[$address]" ;;
        esac
        resolvers="$resolvers $address"
    done </etc/resolv.conf
fi
[ -n "$resolvers" ] || fail "/etc/resolv.conf names no nameserver: give RESOLVERS the address of one"

here=$(dirname "$0")
run=${TMPDIR:-/tmp}/nginx.d
mkdir -p "$run"
sed -e "s|@CONFIGURATION@|$here|" \
    -e "s|@BACKEND_HOST@|$BACKEND_HOST|" \
    -e "s|@BACKEND_PORT@|$BACKEND_PORT|" \
    -e "s|@PORT@|$port|" \
    -e "s|@RESOLVERS@|$resolvers|" \
    -e "s|@SITE@|${SITE:-/usr/share/frontend}|" \
    "$here/nginx.conf.template" >"$run/nginx.conf"

exec nginx -e stderr -p "$run" -c "$run/nginx.conf"
