# The gateway with the application in it. Build context: this folder. Target: app.
#
# Nothing of the application runs here but its own `npm run build`, if app/package.json has one: no database is
# there, and no variable of it. What changes often comes late: a changed line rebuilds the last layers.
ARG NODE_IMAGE=node:26.10.0-trixie-slim

# Debian's packages that "buildPackages" of app/package.json names, for native modules without a prebuilt part.
FROM ${NODE_IMAGE} AS tools
WORKDIR /gatehouse
COPY package.json package-lock.json ./
COPY app/package.json app/
COPY vendor vendor
ENV npm_config_audit=false npm_config_fund=false npm_config_fetch_retries=1
RUN packages=$(node --print '(require("./app/package.json").buildPackages ?? []).join(" ")') \
 && if [ -n "$packages" ]; then \
      apt-get update && apt-get install -y --no-install-recommends $packages && rm -rf /var/lib/apt/lists/*; \
    fi
# An install script is code of a stranger's: those of "trustedDependencies" of app/package.json run, and no others, in a
# RUN of their own, which has not npm's token.
COPY --chmod=0755 <<'EOF' /usr/local/bin/install-trusted
#!/bin/sh
set -e
trusted=$(node --print '(require("./app/package.json").trustedDependencies ?? []).join(" ")')
if [ -n "$trusted" ]; then npm rebuild --foreground-scripts $trusted; fi
EOF

# What runs.
FROM tools AS dependencies
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=npmrc,target=/root/.npmrc \
    npm ci --workspace app --omit dev --ignore-scripts
RUN install-trusted

# What the application's own build makes of it.
FROM tools AS build
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=npmrc,target=/root/.npmrc \
    if node --eval 'process.exit(require("./app/package.json").scripts?.build ? 0 : 1)'; then \
      npm ci --workspace app --include dev --ignore-scripts && touch /has-a-build; \
    fi
RUN if [ -e /has-a-build ]; then install-trusted; fi
COPY app app
RUN if [ -e /has-a-build ]; then \
      NODE_ENV=production npm run build --workspace app && rm -rf app/node_modules; \
    fi

FROM ${NODE_IMAGE} AS app
ENV NODE_ENV=production
WORKDIR /gatehouse
ENV NODE_COMPILE_CACHE=/gatehouse/.compile-cache
# Without setuid and setgid bits: no program runs with the rights of another user.
RUN find / -xdev -type f -perm /6000 -exec chmod a-s {} + \
 && install -d -o 1000 -g 1000 /srv/assets /srv/media /var/lib/gatehouse/jobs .compile-cache
COPY --from=dependencies /gatehouse ./
# Compiled here once, by the user that runs it, so that a worker's start costs less and needs no writable disk.
USER 1000:1000
RUN node node_modules/@gatehouse/gateway/main.js --print-config > /dev/null \
 && node node_modules/@gatehouse/jobs/main.js --print-config > /dev/null \
 && node --eval 'import("/gatehouse/node_modules/@gatehouse/gateway/worker/worker.js").then(() => process.exit())'
# gateway.config.ts need not exist.
COPY package.json gateway.config.t[s] ./
COPY --from=build /gatehouse/app app
EXPOSE 8000
CMD ["node", "node_modules/@gatehouse/gateway/main.js"]
# The application is compiled, and does not run: a name that its entry lacks is missed before anything is evaluated.
ARG APP=app/server.ts
RUN node --input-type=module --eval ' \
      const entry = JSON.stringify(new URL(process.env.APP, "file:///gatehouse/")); \
      const probe = `import { noSuchName } from ${entry}`; \
      await import(`data:text/javascript,${encodeURIComponent(probe)}`).catch(() => {}); \
      (await import("node:module")).flushCompileCache()'
