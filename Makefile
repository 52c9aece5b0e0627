# Each target is one line; what it does is a TypeScript file in deploy/ that CI calls too.
# Variables on the command line reach it: make up APP=examples/echo.ts, make down VOLUMES=1.

NODE = $(or $(shell deploy/node.sh path),false)
NPM = npm --silent

# Node keeps compiled code here: every later start is quicker.
export NODE_COMPILE_CACHE = $(CURDIR)/.cache/compile

# With TO=environment a command does on that server what it does here (docs/production.md). TO= as a number is a
# release, for rollback alone. Whatever else it is, nothing here may be changed that was meant for elsewhere.
NOT_A_NUMBER = $(subst 0,,$(subst 1,,$(subst 2,,$(subst 3,,$(subst 4,,$(subst 5,,$(subst 6,,$(subst 7,,$(subst 8,,$(subst 9,,$(TO)))))))))))
SERVER = $(if $(NOT_A_NUMBER),$(TO))
# The names of the variables on the command line: the server reads none that is not meant for it.
GIVEN = $(foreach name,$(filter-out -%,$(.VARIABLES)),$(if $(filter command,$(firstword $(origin $(name)))),$(name)))
PROGRAM = $(if $(SERVER),GIVEN="$(strip $(GIVEN))" $(NODE) deploy/servers/main.ts $@,$(NODE) deploy/$(1))

ON_SERVERS = server up deploy releases rollback canary backup backups restore rmbackup pause resume maintenance live doctor status logs ps exec psql
ifneq ($(SERVER),)
ifneq ($(filter-out $(ON_SERVERS),$(MAKECMDGOALS)),)
$(error make $(filter-out $(ON_SERVERS),$(MAKECMDGOALS)) has no TO=; these commands have it: $(ON_SERVERS))
endif
else ifneq ($(strip $(TO)),)
ifneq ($(filter-out rollback,$(MAKECMDGOALS)),)
$(error TO=$(TO) is the number of a release, which only make rollback knows: for a server add the name of its file in environments/, like TO=production)
endif
else ifeq ($(origin TO),command line)
$(error TO= is empty: add the name of a file in environments/, like TO=production, or leave TO= out)
endif

.DEFAULT_GOAL := help
# Every target that `make help` lists.
.PHONY: $(shell awk -F: '/^[a-z0-9-]+:.*\#\# / { print $$1 }' $(MAKEFILE_LIST))

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: packages ## start the stack, or deploy to the running one; wait until every service is healthy
	@$(call PROGRAM,up.ts)

down: .env unobserve ## stop the stack; its data stays (VOLUMES=1 deletes it)
	@docker compose down --remove-orphans $(if $(filter 1,$(VOLUMES)),--volumes)

dev: packages ## run the chain as local processes with a real Postgres; changed files reload their tier
	@$(NODE) deploy/dev.ts

logs: packages $(if $(SERVER),,.env) ## follow the logs of all services
	@$(call PROGRAM,logs.ts)

ps: $(if $(SERVER),packages,.env) ## show the services and their health
	@$(if $(SERVER),$(PROGRAM),docker compose ps --all)

exec: $(if $(SERVER),packages,.env) ## run a command in the application's container (RUN="node --version")
	@$(if $(SERVER),$(PROGRAM),docker compose exec app) $(RUN)

psql: $(if $(SERVER),packages,.env) ## the stack's own database, as its owner
	@$(if $(SERVER),$(PROGRAM),docker compose exec --env PGOPTIONS="-c role=gatehouse_owner" db psql -U gatehouse gatehouse)

seed: .env ## fill the running application with its sample content
	@docker compose exec app node services/app/manage.ts seed

superuser: .env ## create a moderator's account in the running application; asks for name and password
	@docker compose exec app node services/app/manage.ts createsuperuser

doctor: packages ## check what would keep the stack from starting, and show the fix
	@$(call PROGRAM,doctor.ts)

sbom: packages ## a list of the parts of each image, as CycloneDX, for scanners (reports/sbom)
	@$(NODE) deploy/sbom.ts

deploy: packages ## build, and replace what changed in the running stack without losing a request (PULL=1 renews the base images)
	@$(call PROGRAM,deploy.ts)

releases: packages ## list the last releases: when, by whom, what changed, what the edge counted
	@$(call PROGRAM,releases.ts)

rollback: packages ## bring an earlier release back, without a build (RELEASE=number; default: the one before)
	@$(call PROGRAM,rollback.ts)

canary: packages ## the working tree for a share of the clients (PERCENT=10 FOR=10m); alone: counts; PROMOTE=1, REVERT=1
	@$(call PROGRAM,canary.ts)

backup: packages ## back up database and media of one moment while the site serves (docs/backups.md)
	@$(call PROGRAM,backup.ts)

backups: packages ## list the backups and read every byte of them (NEWER_THAN=26 hours: else exit code 1)
	@$(call PROGRAM,backups.ts)

restore: packages ## have the running stack be what a backup says (BACKUP=latest|name|folder FORCE=1 BACKUP_IDENTITY=)
	@$(call PROGRAM,restore.ts)

rmbackup: packages ## remove a backup (BACKUP=name)
	@$(call PROGRAM,rmbackup.ts)

pause: packages ## hold requests for the application, SECONDS=30 each at most; make resume ends it (docs/maintenance.md)
	@$(call PROGRAM,mode.ts pause)

resume: packages ## end a pause: the requests that it holds go on
	@$(call PROGRAM,mode.ts resume)

maintenance: packages ## a page instead of the application (MESSAGE="Back at nine." PASS=1 for a way in); make live ends it
	@$(call PROGRAM,mode.ts maintenance)

live: packages ## end maintenance, or a pause
	@$(call PROGRAM,mode.ts live)

server: packages ## prepare a bare Debian or Ubuntu over SSH: engine, user, updates, firewall (TO=production)
	@$(NODE) deploy/servers/prepare/main.ts

deploys: packages ## deploys, refusals and rollbacks under a steady load, on stacks of their own
	@$(NODE) deploy/test.ts deploys

new: packages ## a project of your own: a folder with its own name (DIR=../shop NAME=shop APP=hono|express|fastify|nest|next|node)
	@$(NODE) deploy/new.ts

version: packages ## a version of Gatehouse: proves, packs, writes list of parts and notes, tags; publishes nothing (VERSION=1.0.0)
	@$(NODE) deploy/version.ts

adopt: packages ## the chain for a Node application that is there already, in one folder of it (DIR=../shop NAME= ENTRY=)
	@$(NODE) deploy/adopt.ts

observe: packages ## Prometheus, Alertmanager and a page of panels beside the running stack (docs/watching.md)
	@$(NODE) deploy/observe.ts

unobserve: packages ## remove what make observe started; its data stays (VOLUMES=1 deletes it)
	@$(NODE) deploy/observe.ts down

status: packages ## the chain live: requests, errors, p99, replicas, workers, queue, cache (ONCE=1, EVERY=2)
	@$(call PROGRAM,status.ts)

kubernetes: packages ## write deploy/kubernetes from compose.yaml: the same stack for a cluster (docs/scaling.md)
	@$(NODE) deploy/kubernetes.ts

kubernetes-secrets: packages ## print the Secrets of this clone, for kubectl apply -f -
	@$(NODE) deploy/kubernetes-secrets.ts

engine: packages ## install Docker, Compose and buildx from the distribution's packages
	@$(NODE) deploy/bare-machine/engine/main.ts

base-images: packages ## make stand-ins for the base images where no registry can be reached
	@$(NODE) deploy/bare-machine/base-images/main.ts

check: packages ## lint, types and unit tests (under a minute)
	@$(NODE) deploy/test.ts check

test: packages ## check, then the chain, the quick contract, a browser and a load smoke (under 8 minutes)
	@$(NODE) deploy/test.ts test

prove: packages ## everything: test in full, process tests, measurements, TLS, slow clients, bench
	@$(NODE) deploy/test.ts prove

services: packages ## process tests: the services, each by itself, with real processes
	@$(NPM) run services

contract: packages ## the HTTP contract on the edge, nginx, the gateway and the chain, as a matrix
	@$(NODE) deploy/test.ts contract

e2e: packages ## all browser stories, on a stack of their own (GREP=words)
	@$(NODE) deploy/test.ts e2e

load: packages ## k6 on a stack of its own (SUITE=smoke RATE=10 DURATION=20s)
	@$(NODE) deploy/test.ts load

tls: packages ## h2load and h2spec, clients that read nothing, and certificates from a real ACME server
	@$(NODE) deploy/test.ts tls

chaos: packages ## faults on purpose under a steady load, counted by the client (ONLY=replica-killed,edge-killed)
	@$(NODE) deploy/test.ts chaos

bench: packages ## this chain beside what people would pick instead (CHAINS= PAGES= ROUNDS=5 DURATION=4 LOGS=both WORKERS= RECORD=1)
	@$(NODE) deploy/test.ts bench

bench-check: packages ## a few rows of make bench, shortly: no ratio may be worse than the recorded one (TOLERANCE=25)
	@$(NODE) deploy/test.ts bench-check

mutate: packages ## change the code of what must not break, and count what the tests notice (SEED= MUTANTS= PART=)
	@$(NODE) infra-tests/mutate/main.ts

fuzz: packages ## hostile clients against edge and gateway (SEED= SECONDS=120 STORM=words)
	@$(NODE) infra-tests/fuzz/main.ts

crowd: packages ## 1,000 hostile clients of each kind in turn, and what a visitor notices (CLIENTS= SECONDS=8 ATTACK=words)
	@$(NODE) infra-tests/fuzz/crowd/main.ts

.env:
	@echo "gatehouse: this clone has no .env yet: run make up first" >&2; exit 1

# npm writes this file last: it marks a finished `npm ci`.
.PHONY: packages
packages: node_modules/.package-lock.json

node_modules/.package-lock.json: package-lock.json
	@deploy/node.sh install
