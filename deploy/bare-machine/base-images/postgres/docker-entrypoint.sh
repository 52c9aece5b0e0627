#!/bin/bash
# Answers to the variables of the official Postgres image: POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB,
# POSTGRES_INITDB_ARGS (each also as ..._FILE), POSTGRES_HOST_AUTH_METHOD, PGDATA.
set -Eeuo pipefail

fail() {
  echo "docker-entrypoint: $*" >&2
  exit 1
}

# The value of a variable, or of the file that its ..._FILE names.
setting() {
  local name=$1 default=${2:-} file="${1}_FILE"
  if [ -n "${!name:-}" ] && [ -n "${!file:-}" ]; then
    fail "$name and $file are both set; unset one of them"
  fi
  if [ -n "${!file:-}" ]; then
    [ -r "${!file}" ] || fail "$file names ${!file}, which user $(id -u) cannot read; make it readable"
    printf '%s' "$(<"${!file}")"
  else
    printf '%s' "${!name:-$default}"
  fi
}

# The server of the first start: on its socket only, so that nobody connects before it is set up.
first_start() {
  local user=$1 password=$2 database=$3 initdb_args=$4 auth=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}
  if [ -z "$password" ] && [ "$auth" != trust ]; then
    fail "no password for the superuser; set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE"
  fi
  # Word splitting is what the official image does with these arguments, quotes included.
  eval 'initdb --username="$user" --pwfile=<(printf "%s\n" "$password") --auth-local=trust '"$initdb_args" >&2
  printf '\nhost all all all %s\n' "$auth" >>"$PGDATA/pg_hba.conf"

  pg_ctl --pgdata="$PGDATA" --options="-c listen_addresses='' -p 5432" --wait start >&2
  local psql=(psql --set=ON_ERROR_STOP=1 --no-password --no-psqlrc --username="$user")
  if [ "$database" != postgres ]; then
    "${psql[@]}" --dbname=postgres --set=db="$database" <<<'CREATE DATABASE :"db";' >&2
  fi
  local file
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
      *.sql) "${psql[@]}" --dbname="$database" --file="$file" ;;
      *.sql.gz) gunzip --stdout "$file" | "${psql[@]}" --dbname="$database" ;;
    esac
  done
  pg_ctl --pgdata="$PGDATA" --mode=fast --wait stop >&2
}

main() {
  if [ "${1:0:1}" = - ]; then set -- postgres "$@"; fi
  if [ "$1" != postgres ]; then exec "$@"; fi

  if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA"
    chown -R postgres:postgres "$PGDATA" /var/run/postgresql
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
  fi

  # A volume mounted over the parent may lack the folder; its mode has to be Postgres's own.
  mkdir -p "$PGDATA"
  chmod 0700 "$PGDATA" 2>/dev/null || true
  if [ ! -s "$PGDATA/PG_VERSION" ]; then
    local user password database initdb_args
    user=$(setting POSTGRES_USER postgres)
    password=$(setting POSTGRES_PASSWORD)
    database=$(setting POSTGRES_DB "$user")
    initdb_args=$(setting POSTGRES_INITDB_ARGS)
    first_start "$user" "$password" "$database" "$initdb_args"
  fi
  exec "$@"
}

main "$@"
