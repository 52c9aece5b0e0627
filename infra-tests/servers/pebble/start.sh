#!/bin/sh
# Serves on its own address, with a certificate for it. It fetches challenges from port 80, as Let's Encrypt does.
set -eu
address=$(hostname -i)
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$address" -addext "subjectAltName=IP:$address" \
  -keyout /pebble.key -out /pebble.crt 2> /dev/null
cat > /pebble.json <<JSON
{ "pebble": {
  "listenAddress": "0.0.0.0:14000", "managementListenAddress": "0.0.0.0:15000",
  "certificate": "/pebble.crt", "privateKey": "/pebble.key", "httpPort": 80, "tlsPort": 443,
  "profiles": { "default": { "description": "as usual", "validityPeriod": 7776000 } }
} }
JSON
PEBBLE_VA_NOSLEEP=1 exec pebble -config /pebble.json
