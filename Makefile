# One line a target; what a target does is a TypeScript file in deploy/ that CI calls in the same way.
# Variables on the command line reach it: make up APP=examples/echo.ts, make down VOLUMES=1.

NODE = $(or $(shell deploy/node.sh path),false)
NPM = npm --silent

.DEFAULT_GOAL := help
.PHONY: help up down dev logs ps doctor engine base-images check services contract test prove e2e load tls bench

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: packages ## start the replica and wait until every service is healthy
	@$(NODE) deploy/up.ts

down: .env ## stop the replica; its data stays (VOLUMES=1 deletes it)
	@docker compose down --remove-orphans $(if $(filter 1,$(VOLUMES)),--volumes)

dev: packages ## the chain as local processes on a real Postgres; each reloads when its files change
	@$(NODE) deploy/dev.ts

logs: .env ## follow the logs of all services
	@docker compose logs --follow --tail 100

ps: .env ## show the services and their health
	@docker compose ps --all

doctor: packages ## say what would keep the replica from starting, and the fix
	@$(NODE) deploy/doctor.ts

engine: packages ## install Docker, Compose and buildx from the distribution's packages
	@$(NODE) deploy/bare-machine/engine/main.ts

base-images: packages ## make stand-ins of the base images where no registry answers
	@$(NODE) deploy/bare-machine/base-images/main.ts

check: packages ## lint, types and unit tests
	@$(NPM) run lint && $(NPM) run types && $(NPM) run unit

services: packages ## each service by itself, the long way: rules of HTTP, processes, examples
	@$(NPM) run services && $(NPM) run measures

contract: packages ## one suite against the edge, nginx, the gateway and the chain, as a matrix
	@$(NODE) deploy/test.ts contract

test: packages ## everything CI runs: check, services, the chain, contract, a browser and a load smoke
	@$(NODE) deploy/test.ts

prove: packages ## everything, however long: test, what measures and must be alone, the bench
	@$(NODE) deploy/test.ts prove

e2e: packages ## a real browser against a stack of its own
	@$(NODE) deploy/test.ts e2e

load: packages ## k6 against a stack of its own
	@$(NODE) deploy/test.ts load

tls: packages ## h2load over HTTPS, and certificates from a real ACME server
	@$(NODE) deploy/test.ts tls

bench: packages ## what a request costs at the edge and at nginx (ROUNDS=5 DURATION=4)
	@$(NODE) deploy/test.ts bench

.env:
	@echo "gatehouse: nothing was ever started from this clone: make up does that" >&2; exit 1

# npm writes this file last: it is the stamp of a finished `npm ci`.
.PHONY: packages
packages: node_modules/.package-lock.json

node_modules/.package-lock.json: package-lock.json
	@deploy/node.sh install
