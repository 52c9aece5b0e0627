#!/bin/sh
# UPSTREAM is host:port of the application, PASS is proxy or uwsgi, LOGS is on or off.
set -eu
log=off
[ "$LOGS" = on ] && log="/dev/stdout combined"
cp "/bench/$PASS.conf" /tmp/pass.conf
sed -e "s/UPSTREAM/$UPSTREAM/" -e "s#ACCESS_LOG#$log#" /bench/nginx.conf > /tmp/nginx.conf
exec nginx -c /tmp/nginx.conf -g 'daemon off;'
