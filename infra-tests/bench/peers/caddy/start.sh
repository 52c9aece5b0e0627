#!/bin/sh
# UPSTREAM is host:port of the application, LOGS is on or off.
set -eu
log=""
[ "$LOGS" = on ] && log="log {\n\t\toutput stdout\n\t}"
sed -e "s/UPSTREAM/$UPSTREAM/" -e "s/LOG\$/$log/" /bench/Caddyfile > /tmp/Caddyfile
exec caddy run --config /tmp/Caddyfile --adapter caddyfile
