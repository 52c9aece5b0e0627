#!/bin/sh
# LOGS is on or off.
set -eu
[ "$LOGS" = on ] && set -- -D AccessLog
exec apache2 -d /etc/apache2 -f /bench/apache.conf -D FOREGROUND "$@"
