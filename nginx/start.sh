#!/bin/sh
# Renders the templates from the WEB_* settings, then runs nginx as its child: TERM and QUIT stop it
# gracefully, INT at once, HUP reloads it. Like services/web, it exits when the owner of its network
# namespace has restarted.
set -eu

here=/gatehouse/nginx
run=/run/gatehouse/nginx
CONFIGURATION=78

reject() {
  echo "$1" >&2
  exit "$CONFIGURATION"
}

# setting WEB_NAME DEFAULT PATTERN ALLOWED: prints the value if the pattern matches all of it.
setting() {
  value=$(printenv "$1" || printf '%s' "$2")
  printf '%s\0' "$value" | grep -Eqxz "$3" || reject "$1 is \"$value\": allowed is $4"
  printf '%s' "$value"
}

number='[0-9]{1,13}'
milliseconds='a number of milliseconds'
file='/[A-Za-z0-9._/-]+'

UPSTREAM=$(setting WEB_UPSTREAM 127.0.0.1:8000 '[A-Za-z0-9._-]+:[0-9]{1,5}' host:port)
UPSTREAM_IDLE=$(setting WEB_UPSTREAM_IDLE 4000 "$number" "$milliseconds")
UPSTREAM_TIMEOUT=$(setting WEB_UPSTREAM_TIMEOUT 60000 "$number" "$milliseconds")
CONNECT_TIMEOUT=$(setting WEB_CONNECT_TIMEOUT 500 "$number" "$milliseconds")
HEADERS_TIMEOUT=$(setting WEB_HEADERS_TIMEOUT 10000 "$number" "$milliseconds")
BODY_RATE_WINDOW=$(setting WEB_BODY_RATE_WINDOW 10000 "$number" "$milliseconds")
KEEP_ALIVE=$(setting WEB_KEEP_ALIVE 65000 "$number" "$milliseconds")
GRACEFUL_TIMEOUT=$(setting WEB_GRACEFUL_TIMEOUT 10000 "$number" "$milliseconds")
LIMIT_REQUEST_BODY=$(setting WEB_LIMIT_REQUEST_BODY 67108864 "$number" 'a number of bytes')
LIMIT_REQUEST_FIELDS=$(setting WEB_LIMIT_REQUEST_FIELDS 100 '[0-9]{2,4}' 'a number of fields')
HTTP_PORT=$(setting WEB_HTTP_PORT 8080 '[0-9]{1,5}' 'a port')
HTTPS_PORT=$(setting WEB_HTTPS_PORT 8443 '[0-9]{1,5}' 'a port')
PUBLIC_ORIGIN=$(setting WEB_PUBLIC_ORIGIN https://127.0.0.1:8443 \
  'https?://[][A-Za-z0-9.:-]+' 'an origin such as https://www.example.org')
TLS_CERTIFICATE=$(setting WEB_TLS_CERTIFICATE /run/secrets/tls_certificate "$file" 'a whole path')
TLS_KEY=$(setting WEB_TLS_KEY /run/secrets/tls_key "$file" 'a whole path')
cidrs='([0-9A-Fa-f.:]+(/[0-9]{1,3})?(, *)?)*'
edges=$(setting EDGES 1 '[1-8]' 'a number from 1 to 8')
rate=$(setting WEB_LIMIT_CLIENT_RATE 50000 "$number" 'a number of requests a second')
burst=$(setting WEB_LIMIT_CLIENT_BURST 50000 "$number" 'a number of requests')
connections=$(setting WEB_LIMIT_CLIENT_CONNECTIONS 2048 "$number" 'a number of connections')
LIMITS_DRY_RUN=$(setting WEB_LIMITS_DRY_RUN off 'on|off' 'on, off')
proxies=$(setting WEB_PROXY_PROTOCOL '' "$cidrs" 'addresses or CIDRs, separated by commas')
https=$(setting WEB_HTTPS serve 'serve|redirect|off' 'serve, redirect, off')
timing=$(setting WEB_SERVER_TIMING on 'on|off' 'on, off')
trusted=$(setting WEB_TRUSTED_PROXIES '' "$cidrs" 'addresses or CIDRs, separated by commas')

NAME_SERVER=$(sed -n 's/^nameserver \([0-9.]*\)$/\1/p' /etc/resolv.conf | head -n 1)

# Each of several edges has its share.
share() { echo $((($1 + edges - 1) / edges)); }
rate=$(share "$rate")
burst=$(share "$burst")
connections=$(share "$connections")

# each LIST BEFORE AFTER: prints a line for each item of a list.
each() {
  printf '%s' "$1" | tr -d ' ' | tr ',' '\n' | sed "s|..*|$2&$3|"
}
TRUSTED=$(each "$trusted" '' ' 1;')
# nginx takes the client's address from one source only, and expects a PROXY header on every connection.
if [ -n "$proxies" ]; then
  PROXY_PROTOCOL=proxy_protocol
  REAL_IP_HEADER=proxy_protocol
  REAL_IP_FROM=$(each "$proxies" 'set_real_ip_from ' ';')
else
  PROXY_PROTOCOL=
  REAL_IP_HEADER=X-Forwarded-For
  REAL_IP_FROM=$(each "$trusted" 'set_real_ip_from ' ';')
fi
if [ "$rate" = 0 ]; then
  LIMIT_RATE=
else
  LIMIT_RATE="limit_req_zone \$binary_remote_addr zone=rates:8m rate=${rate}r/s;
limit_req zone=rates burst=$burst nodelay;"
fi
if [ "$connections" = 0 ]; then
  LIMIT_CONNECTIONS=
else
  LIMIT_CONNECTIONS="limit_conn clients $connections;"
fi
if [ "$timing" = on ]; then SERVER_TIMING="\$timing"; else SERVER_TIMING='""'; fi
if [ "$https" = redirect ]; then PLAIN=$run/redirect.conf; else PLAIN=site.conf; fi
if [ "$https" = off ]; then SECURE=/dev/null; else SECURE=$run/tls.conf; fi
export UPSTREAM UPSTREAM_IDLE UPSTREAM_TIMEOUT CONNECT_TIMEOUT HEADERS_TIMEOUT BODY_RATE_WINDOW
export KEEP_ALIVE GRACEFUL_TIMEOUT LIMIT_REQUEST_BODY LIMIT_REQUEST_FIELDS HTTP_PORT HTTPS_PORT
export PUBLIC_ORIGIN TLS_CERTIFICATE TLS_KEY NAME_SERVER TRUSTED REAL_IP_FROM SERVER_TIMING
export PLAIN SECURE LIMITS_DRY_RUN LIMIT_RATE LIMIT_CONNECTIONS PROXY_PROTOCOL REAL_IP_HEADER

mkdir -p "$run"
rm -f /run/gatehouse/admin.sock
for template in "$here"/*.conf.template; do
  name=$(basename "$template" .template)
  # Only the names in capitals: nginx's own variables stay as they are.
  envsubst "$(grep -o '\${[A-Z_]*}' "$template" | sort -u | tr '\n' ' ')" \
    < "$template" > "$run/$name"
done

# RFC 9239: JavaScript is text/javascript.
sed 's|application/javascript|text/javascript|' /etc/nginx/mime.types > "$run/mime.types"

nginx -c "$here/nginx.conf" -g 'daemon off;' &
nginx=$!
trap 'kill -QUIT "$nginx"' TERM QUIT
trap 'kill -TERM "$nginx"' INT
trap 'kill -HUP "$nginx"' HUP

own=$(readlink /proc/self/ns/net)
held=$(printenv WEB_NAMESPACE_FILE || true)
while kill -0 "$nginx" 2> /dev/null; do
  # A signal ends this wait, and its trap runs.
  sleep 1 &
  wait "$!" || true
  [ -n "$held" ] && [ -s "$held" ] || continue
  if [ "$(cat "$held")" != "$own" ]; then
    echo "the owner of the network namespace has restarted: exiting, to join it again" >&2
    kill -TERM "$nginx"
    held=
  fi
done
wait "$nginx"
