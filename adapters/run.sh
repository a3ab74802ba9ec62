#!/bin/sh
# Runs one of the gateways of this folder as it stands here, but for addresses and folders, until it is told to stop:
#
#   adapters/run.sh haproxy|nginx|nginx-lua|apache FOLDER
#
# FOLDER takes the configuration, and what `jeton gateway serve` keeps for it. In its gateway.toml:
#
#   [gateway.copies]
#   file = "FOLDER/revocations"              nginx-lua, apache
#   haproxy_socket = "FOLDER/haproxy.sock"   haproxy
#   haproxy_maps = "FOLDER/maps"
set -eu

ISSUER=${ISSUER:-http://localhost:9763}
JWKS=${JWKS:-$ISSUER/oauth2/jwks}
AUDIENCE=${AUDIENCE:-$ISSUER}
LISTEN=${LISTEN:-127.0.0.1:8000}
UPSTREAM=${UPSTREAM:-127.0.0.1:8001}
SIDECAR=${SIDECAR:-127.0.0.1:9780}

here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 2 ] || { sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
name=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)

write() {
    sed -e "s|https://jeton.example.com/oauth2/jwks|$JWKS|" -e "s|https://jeton.example.com|$ISSUER|g" -e "s|https://orders.example.com|$AUDIENCE|g" \
        -e "s|127\.0\.0\.1:9780|$SIDECAR|g" -e "s|127\.0\.0\.1:8001|$UPSTREAM|g" \
        -e "s|bind :8000|bind $LISTEN|" -e "s|listen 8000|listen $LISTEN|" -e "s|Listen 8000|Listen $LISTEN|" \
        -e "s|/etc/haproxy/jeton|$folder/maps|g" -e "s|/run/haproxy/jeton.sock|$folder/haproxy.sock|" \
        -e "s|/etc/nginx/jeton|$folder|g" -e "s|/etc/apache2/jeton|$folder|g" \
        -e "s|/run/jeton/revocations|$folder/revocations|g" -e "s|/run/nginx.pid|$folder/$name.pid|" -e "s|/run/apache2|$folder|g" -e "s|/var/log/apache2|$folder|" \
        -e "s|^http {|http {\n    client_body_temp_path $folder/body;\n    proxy_temp_path $folder/proxy;\n    fastcgi_temp_path $folder/fastcgi;\n    uwsgi_temp_path $folder/uwsgi;\n    scgi_temp_path $folder/scgi;|" \
        "$here/$1" > "$folder/$(basename "$1")"
}

case $name in
haproxy)
    write haproxy/haproxy.cfg
    node "$here/haproxy/fetch-keys.mjs" "$JWKS" "$folder/maps" || [ $? -eq 10 ]
    exec haproxy -W -db -f "$folder/haproxy.cfg" -f "$folder/maps/keys.cfg"
    ;;
nginx)
    write nginx/auth-request.conf
    exec nginx -g 'daemon off;' -c "$folder/auth-request.conf"
    ;;
nginx-lua)
    write nginx/lua.conf
    write nginx/jeton_nginx.lua
    write lua/jeton_revocations.lua
    exec nginx -g 'daemon off;' -c "$folder/lua.conf"
    ;;
apache)
    write apache/apache.conf
    write apache/jeton_apache.lua
    write lua/jeton_revocations.lua
    exec apache2 -DFOREGROUND -f "$folder/apache.conf"
    ;;
*)
    echo "no gateway is called $name" >&2
    exit 2
    ;;
esac
