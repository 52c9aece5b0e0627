#!/bin/sh
# LOGS is on or off: uWSGI logs requests unless it is told not to.
set -eu
[ "$LOGS" = on ] || set -- --disable-logging
exec uwsgi --ini uwsgi.ini "$@"
