# The gateway with an application in it. Build context: the repository. Targets: app, examples.
ARG NODE_IMAGE=node:26.10.0-trixie-slim

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /gatehouse
# npm ci wants to see every workspace of the lock file, whichever it installs.
COPY package.json package-lock.json ./
COPY packages/http/package.json packages/http/
COPY packages/processes/package.json packages/processes/
COPY packages/settings/package.json packages/settings/
COPY packages/telemetry/package.json packages/telemetry/
COPY services/web/package.json services/web/
COPY services/gateway/package.json services/gateway/
COPY services/app/package.json services/app/
COPY deploy/package.json deploy/
COPY examples/package.json examples/
COPY infra-tests/package.json infra-tests/
RUN --mount=type=cache,target=/root/.npm \
    npm ci --workspace services/gateway --workspace services/app --omit dev --omit optional \
    --ignore-scripts --no-audit --no-fund --fetch-retries 1

FROM dependencies AS example-dependencies
RUN --mount=type=cache,target=/root/.npm \
    npm ci --workspace services/gateway --workspace services/app --workspace examples \
    --omit dev --omit optional --ignore-scripts --no-audit --no-fund --fetch-retries 1

FROM ${NODE_IMAGE} AS app
ENV NODE_ENV=production
WORKDIR /gatehouse
RUN install -d -o 1000 -g 1000 /srv/assets /srv/media
COPY --from=dependencies /gatehouse ./
COPY packages packages
COPY services/gateway services/gateway
COPY services/app services/app
# An application that listens itself would keep this step from ending: hence the exit.
# Compiled here once, so that a worker's start costs half as much and needs no writable disk.
ENV NODE_COMPILE_CACHE=/gatehouse/.compile-cache
RUN node services/gateway/main.ts --print-config > /dev/null \
 && node --input-type=module --eval 'await import("./services/gateway/worker/worker.ts"); \
      await import("./services/app/gateway.ts"); process.exit()' \
 && chmod -R a+r .compile-cache
USER 1000:1000
EXPOSE 8000
CMD ["node", "services/gateway/main.ts"]

# The same with the example applications: APP=examples/echo.ts.
FROM app AS examples
COPY --from=example-dependencies /gatehouse/node_modules node_modules
COPY --from=example-dependencies /gatehouse/examples examples
COPY examples examples
