#!/bin/sh
# Makes node_modules. On Linux `npm ci` also installs Node, as an optional package. On other systems
# the Node of the machine is used, if it is new enough.
#
# An install script is code of a stranger's that runs as this user, who may deploy: as in Dockerfile.app, only those
# of the packages that "trustedDependencies" in services/app/package.json names run.
#
#   deploy/node.sh install   installs npm if it may, then runs npm ci
#   deploy/node.sh path      prints the path of Node
set -eu
cd "$(dirname "$0")/.."

WANTED=26
UNAVAILABLE=69

fail() {
  echo "gatehouse: $1" >&2
  exit "$UNAVAILABLE"
}

may_install() {
  command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] &&
    { [ "${INSTALL_ENGINE:-}" = 1 ] || [ ! -t 0 ]; }
}

# Installs one package of the distribution, if that is allowed.
ensure_package() {
  may_install || fail "$1 is missing: install Node $WANTED (on Debian or Ubuntu: apt-get install $1), or let INSTALL_ENGINE=1 make up do it as root"
  echo "$1 is missing: installing it from the distribution's packages"
  log=$(mktemp)
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$1"; } >"$log" 2>&1 || {
    tail -n 5 "$log" >&2
    fail "$1 could not be installed from the distribution's packages: see the lines above, or install Node $WANTED yourself"
  }
  rm -f "$log"
}

# A minimal machine may lack the one library that this Node needs.
ensure_node_runs() {
  [ ! -x node_modules/.bin/node ] || node_modules/.bin/node --version >/dev/null 2>&1 ||
    ensure_package libatomic1
}

# Runs the install scripts of the packages that the application trusts.
install_trusted() {
  trusted=$("$(path)" --print '(require("./services/app/package.json").trustedDependencies ?? []).join(" ")')
  [ -n "$trusted" ] || return 0
  # Unquoted: a word for each package.
  npm rebuild --foreground-scripts --loglevel=error $trusted || {
    # make takes this file for a finished install.
    rm -f node_modules/.package-lock.json
    fail "an install script of trustedDependencies failed ($trusted): see the lines above"
  }
}

install() {
  start=$(date +%s)
  command -v npm >/dev/null || ensure_package npm
  echo "installing the packages of package-lock.json"
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error --fetch-retries=1 ||
    fail "npm ci failed: see the lines above; if the package registry cannot be reached, check npm's proxy and CA settings"
  ensure_node_runs
  path >/dev/null
  install_trusted
  echo "packages installed ($(($(date +%s) - start)) s)"
}

path() {
  if [ -x node_modules/.bin/node ]; then
    echo node_modules/.bin/node
  elif node -e "process.exit(parseInt(process.versions.node) >= $WANTED ? 0 : 1)" 2>/dev/null; then
    echo node
  else
    fail "no Node $WANTED for this machine among the packages: install Node $WANTED or newer yourself and run make again"
  fi
}

case "${1:-}" in
  install) install ;;
  path) path ;;
  *) fail "usage: deploy/node.sh install|path" ;;
esac
