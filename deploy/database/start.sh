#!/bin/bash
# Starts Postgres, after roles.sql has run: on a volume with data in a server of its own, which no one can
# connect to; on a new volume, the image itself runs what lies in /docker-entrypoint-initdb.d.
set -Eeuo pipefail

roles=/docker-entrypoint-initdb.d/roles.sql
if [ -s "$PGDATA/PG_VERSION" ]; then
  # -j: a statement ends with a semicolon and an empty line, so there is only one at the end.
  (sed '/^$/d' "$roles" && echo) | postgres --single -j -c exit_on_error=on "$POSTGRES_DB" >/dev/null
fi
exec docker-entrypoint.sh "$@"
