# The gateway with an application in it. Build context: the repository. Targets: examples, app.
#
# Nothing of the application runs here but its own `npm run build`, if its package has one: no database is there,
# and no variable of it. What changes often comes late: a changed line of the application rebuilds the last layers.
#
# A private registry, native modules, a build of your own: docs/application-images.md.
ARG NODE_IMAGE=node:26.10.0-trixie-slim

FROM ${NODE_IMAGE} AS manifests
WORKDIR /gatehouse
# npm ci wants to see every workspace of the lock file, whichever it installs.
COPY package.json package-lock.json ./
COPY packages/http/package.json packages/http/
COPY packages/processes/package.json packages/processes/
COPY packages/settings/package.json packages/settings/
COPY packages/telemetry/package.json packages/telemetry/
COPY services/web/package.json services/web/
COPY services/gateway/package.json services/gateway/
COPY services/jobs/package.json services/jobs/
COPY services/app/package.json services/app/
COPY deploy/package.json deploy/
COPY examples/package.json examples/
COPY infra-tests/package.json infra-tests/
ENV npm_config_audit=false npm_config_fund=false npm_config_fetch_retries=1

# Debian's packages that the application's own package.json names in "buildPackages": g++, make and python3 for
# native modules that bring no prebuilt part. They are in no image that runs.
FROM manifests AS tools
RUN packages=$(node --print '(require("./services/app/package.json").buildPackages ?? []).join(" ")') \
 && if [ -n "$packages" ]; then \
      apt-get update && apt-get install -y --no-install-recommends $packages && rm -rf /var/lib/apt/lists/*; \
    fi
# An install script is a stranger's code, and runs as root: only those of the packages run that "trustedDependencies" in
# services/app/package.json names, in a RUN without npm's token. node-gyp needs Node's headers, which the official images
# have. For others `trusted headers` gets them from npm first: nodejs.org cannot be reached from everywhere.
COPY --chmod=0755 <<'EOF' /usr/local/bin/trusted
#!/bin/sh
set -e
trusted=$(node --print '(require("./services/app/package.json").trustedDependencies ?? []).join(" ")')
if [ -z "$trusted" ]; then exit 0; fi
package=$(node --print '`node-linux-${process.arch}`')
headers="/opt/headers/node_modules/$package"
case $1 in
  headers)
    if command -v g++ > /dev/null && [ ! -d /usr/local/include/node ]; then
      npm install --silent --no-save --ignore-scripts --prefix /opt/headers "$package@$(node --print process.versions.node)"
    fi ;;
  rebuild)
    if [ -d "$headers" ]; then nodedir=$headers; else nodedir=/usr/local; fi
    npm_config_nodedir=$nodedir npm rebuild --foreground-scripts $trusted ;;
esac
EOF

# What runs: with the optional packages, in which native modules such as sharp bring their prebuilt parts.
FROM tools AS dependencies
# Without devDependencies: npm installs those of a workspace too if another workspace needs the package in production.
RUN npm pkg delete devDependencies --workspaces --include-workspace-root
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=npmrc,target=/root/.npmrc \
    npm ci --workspace services/gateway --workspace services/jobs --workspace services/app --omit dev --ignore-scripts \
 && trusted headers
RUN trusted rebuild

FROM dependencies AS example-dependencies
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=npmrc,target=/root/.npmrc \
    npm ci --workspace services/gateway --workspace services/jobs --workspace services/app \
    --workspace examples --omit dev --ignore-scripts

# The application after its own build; without a script `build` in its package.json nothing is installed here.
FROM tools AS build
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=npmrc,target=/root/.npmrc \
    if node --eval 'process.exit(require("./services/app/package.json").scripts?.build ? 0 : 1)'; then \
      npm ci --workspace services/app --include dev --ignore-scripts && trusted headers && touch /has-a-build; \
    fi
RUN if [ -e /has-a-build ]; then trusted rebuild; fi
COPY packages packages
COPY services/app services/app
RUN if [ -e /has-a-build ]; then \
      NODE_ENV=production npm run build --workspace services/app && rm -rf services/app/node_modules; \
    fi

FROM ${NODE_IMAGE} AS gateway
ENV NODE_ENV=production
WORKDIR /gatehouse
ENV NODE_COMPILE_CACHE=/gatehouse/.compile-cache
# Without setuid and setgid bits: no program runs with the rights of another user.
RUN find / -xdev -type f -perm /6000 -exec chmod a-s {} + \
 && install -d -o 1000 -g 1000 /srv/assets /srv/media /var/lib/gatehouse/jobs .compile-cache
COPY --from=dependencies /gatehouse ./
COPY packages packages
COPY services/gateway services/gateway
COPY services/jobs services/jobs
# Compiled here once, so that a worker's start costs less and needs no writable disk. Node keeps what each user
# has compiled apart: so the user that runs it must be the one that compiles it.
USER 1000:1000
RUN node services/gateway/main.ts --print-config > /dev/null \
 && node services/jobs/main.ts --print-config > /dev/null \
 && node --eval 'import("/gatehouse/services/gateway/worker/worker.ts").then(() => process.exit())'

FROM gateway AS site
COPY --from=build /gatehouse/services/app services/app
EXPOSE 8000
CMD ["node", "services/gateway/main.ts"]

# The same with the example applications. One image serves every APP=examples/...
FROM site AS examples
COPY --from=example-dependencies /gatehouse/node_modules node_modules
COPY --from=example-dependencies /gatehouse/examples examples
COPY examples examples

FROM site AS app
# The application is compiled, and does not run: a module that imports a name which its entry lacks fails when
# all modules are linked, before the first of them is evaluated. CommonJS, which is linked as it runs, is not covered.
ARG APP=services/app/gateway.ts
RUN node --input-type=module --eval ' \
      const entry = JSON.stringify(new URL(process.env.APP, "file:///gatehouse/")); \
      const probe = `import { noSuchName } from ${entry}`; \
      await import(`data:text/javascript,${encodeURIComponent(probe)}`).catch(() => {}); \
      (await import("node:module")).flushCompileCache()'
