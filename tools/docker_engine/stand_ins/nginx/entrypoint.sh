#!/bin/sh
# The contract of the official image: resolvers of the container, templates filled in with the environment.
set -eu
if [ -n "${NGINX_ENTRYPOINT_LOCAL_RESOLVERS:-}" ]; then
    NGINX_LOCAL_RESOLVERS=$(awk '$1 == "nameserver" { printf "%s%s", separator, $2; separator = " " }' /etc/resolv.conf)
    export NGINX_LOCAL_RESOLVERS
fi
output=${NGINX_ENVSUBST_OUTPUT_DIR:-/etc/nginx/conf.d}
names=$(awk 'BEGIN { for (name in ENVIRON) printf "${%s} ", name }')
for template in $(find /etc/nginx/templates -name '*.template' 2> /dev/null | sort); do
    path=${template#/etc/nginx/templates/}
    mkdir -p "$output/$(dirname "$path")"
    envsubst "$names" < "$template" > "$output/${path%.template}"
done
for script in $(find /docker-entrypoint.d -follow -type f -name '*.sh' 2> /dev/null | sort); do "$script"; done
exec "$@"
