# The gateway with the application in it. Build context: the folder above, which has the application. Target: app.
#
# The application is installed and built as its own scripts do it. What changes often comes late: a changed line
# rebuilds the last layers.
ARG NODE_IMAGE=node:26.10.0-trixie-slim

# The gateway.
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /gatehouse
COPY gatehouse/package.json gatehouse/package-lock.json ./
COPY gatehouse/app/package.json app/
COPY gatehouse/vendor vendor
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=npmrc,target=/root/.npmrc \
    npm ci --workspace app --omit dev --ignore-scripts --no-audit --no-fund --fetch-retries 1

# The application: all its packages, its build, and then those packages that it runs with. A native module without a
# prebuilt part needs a compiler here: apt-get update && apt-get install -y python3 make g++.
FROM ${NODE_IMAGE} AS build
WORKDIR /gatehouse/app/site
ENV npm_config_audit=false npm_config_fund=false npm_config_fetch_retries=1 CI=true
COPY __manifests__
# npm's token is a secret of the build. An install script is code of a stranger's: none runs while the token is there.
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=npmrc,target=/root/.npmrc__token__ \
    __install__
RUN __rebuild__
COPY . ./
# The chain's own files are no part of its build: a compiler would take them for its sources.
RUN rm -rf gatehouse \
 && __build__
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=npmrc,target=/root/.npmrc__token__ \
    __prune__
# gateway.config.ts need not exist.
COPY gatehouse/app gatehouse/gateway.config.t[s] ../
# What belongs beside the application, where it is there at all.
RUN for file in ../gateway.config.ts ../gatehouse-server.mjs; do \
      if [ -e "$file" ]; then mv "$file" .; fi; \
    done

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
COPY --from=build /gatehouse/app app
ARG APP=__app__
RUN node --eval 'require.resolve(`/gatehouse/${process.env.APP}`)'
# The application is compiled, and does not run: a name that its entry lacks is missed before anything is evaluated.
RUN node --input-type=module --eval ' \
      const entry = JSON.stringify(new URL(process.env.APP, "file:///gatehouse/")); \
      const probe = `import { noSuchName } from ${entry}`; \
      await import(`data:text/javascript,${encodeURIComponent(probe)}`).catch(() => {}); \
      (await import("node:module")).flushCompileCache()'
ENV NODE_OPTIONS="--import=/gatehouse/app/environment.ts__tsx__"
# The application's own folder: the paths that it uses may be relative to it.
WORKDIR /gatehouse/app/site
EXPOSE 8000
CMD ["node", "/gatehouse/node_modules/@gatehouse/gateway/main.js"]
