import assert from "node:assert/strict";
import { test } from "node:test";
import { causeOf, culprits, knownCause, readableLine, unknownCause } from "./cause.ts";
import { readContainer } from "./containers.ts";
import { NotReady } from "./not-ready.ts";

const container = (service: string, state: string, status: string) =>
  readContainer(`id\t${service}\t1\t${state}\t${status}\t`);

test("a setting that a service rejected is reported by its last line, with exit code 78", () => {
  const web = container("web", "restarting", "Restarting (78) 1 second ago");
  const problem = causeOf(web, 'starting\nWEB_WORKERS="many": expected a whole number\n');
  assert.equal(problem?.message, 'web: WEB_WORKERS="many": expected a whole number');
  assert.equal(problem?.exitCode, 78);
});

test("a volume with another password is reported with both remedies, the one that keeps the data first", () => {
  const migrate = container("migrate", "exited", "Exited (1) 1 second ago");
  const log = 'PostgresError: password authentication failed for user "gatehouse"';
  const message = causeOf(migrate, log)?.message ?? "";
  assert.match(message, /back into secrets\/database_password; if nothing .+ make down VOLUMES=1$/);
  const ours = "the database refuses the password of user gatehouse (/run/secrets/x)";
  assert.equal(causeOf(migrate, ours)?.message, message);
});

test("a password that a database elsewhere refuses is corrected in its URL, and no volume is deleted", () => {
  const migrate = container("migrate", "exited", "Exited (1) 1 second ago");
  const log =
    "migrate: the database db.example.net:5432 refuses the password of user shop (/run/secrets/x): use";
  const message = causeOf(migrate, log)?.message ?? "";
  assert.match(
    message,
    /^the database at db\.example\.net:5432 refuses the password of shop: put the URL/,
  );
  assert.doesNotMatch(message, /VOLUMES/);
  const own = "migrate: the database db:5432 refuses the password of user gatehouse_owner (x): use";
  assert.match(causeOf(migrate, own)?.message ?? "", /make down VOLUMES=1/);
});

test("nobody is told to delete the data because another database refuses another program", () => {
  const lines = [
    'error: password authentication failed for user "reports"',
    'error: password authentication failed for user "gatehouse_owner"',
    "the server says: initialized by PostgreSQL version 9",
    "the database refuses the password of user gatehouse",
  ];
  for (const line of lines) {
    for (const service of ["app", "jobs", "web", "redis"]) {
      const failed = container(service, "exited", "Exited (1) 1 second ago");
      assert.equal(causeOf(failed, line), undefined, `${service}: ${line}`);
    }
    assert.equal(knownCause(line), undefined, line);
  }
  const migrate = container("migrate", "exited", "Exited (1) 1 second ago");
  assert.equal(causeOf(migrate, lines[0] ?? ""), undefined);
});

test("messages of the engine about a port, a network and a registry are recognised", () => {
  const port = "Bind for 127.0.0.1:8080 failed: port is already allocated";
  assert.match(knownCause(port)?.message ?? "", /^127\.0\.0\.1:8080 is taken/);
  assert.match(knownCause("Pool overlaps with other one on this")?.message ?? "", /network prune/);
  const registry = "node:26: failed to resolve source metadata for docker.io/library/node:26: EOF";
  const problem = knownCause(registry);
  assert.match(problem?.message ?? "", /does not provide docker\.io\/library\/node:26: check/);
  assert.equal(problem?.exitCode, 69);
  const unknown = [
    "dial tcp: lookup registry-1.docker.io on 10.0.0.2:53: no such host",
    "dial tcp: lookup registry-1.docker.io: no such host",
  ];
  for (const line of unknown)
    assert.match(knownCause(line)?.message ?? "", /the base images: check/);
});

test("other output has no known cause", () => {
  assert.equal(knownCause("something else"), undefined);
});

test("the last line of an unknown failure is quoted, plain or JSON", () => {
  const app = container("app", "exited", "Exited (3) 1 second ago");
  const json = 'first\n{"level":"error","message":"the application does not load"}\n';
  const start = "app-1 did not become healthy (exited, exit code 3): ";
  assert.equal(unknownCause(app, json).message, `${start}the application does not load`);
  assert.equal(unknownCause(app, "Error: no\n").message, `${start}Error: no`);
  const thrown =
    "x.ts:1\nTypeError [CODE]: not a function\n    at f (x.ts:1)\n\nNode.js v26.10.0\n";
  assert.equal(unknownCause(app, thrown).message, `${start}TypeError [CODE]: not a function`);
  assert.equal(unknownCause(app, "").message, `${start}it printed nothing`);
});

test("the application's own reason is quoted, and not who noticed it", () => {
  const app = container("app", "running", "Up 1 second (health: starting)");
  const log = [
    '{"level":"error","message":"the application did not start","reason":"no heart (app.ts:4)"}',
    '{"level":"info","message":"worker state","from":"starting","to":"dead"}',
  ].join("\n");
  assert.equal(
    unknownCause(app, log).message,
    "app-1 did not become healthy (starting): no heart (app.ts:4)",
  );
  assert.deepEqual(log.split("\n").flatMap(readableLine), [
    "the application did not start: no heart (app.ts:4)",
  ]);
});

test("a line that quotes what was thrown is preferred to it: it also says where, and what to do", () => {
  const app = container("app", "running", "Up 1 second (health: starting)");
  const thrown = "Error: no such table";
  const reason = `GET /healthz has the status 500; its last words: ${thrown}; mend that`;
  const record = JSON.stringify({ level: "error", message: "worker died", reason });
  for (const log of [`${thrown}\n${record}\n${thrown}`, `${record}\n${thrown}\n`]) {
    assert.equal(
      unknownCause(app, log).message,
      `app-1 did not become healthy (starting): ${reason}`,
    );
  }
  const other = JSON.stringify({ level: "error", message: "worker died", reason: "exit code" });
  assert.match(unknownCause(app, `${other}\n${thrown}`).message, /: Error: no such table$/);
});

test("what keeps an application from being ready is said once, whichever worker or replica logs it", () => {
  const said: string[] = [];
  const notReady = new NotReady((line) => void said.push(line));
  const line = (reason: string, pid: number) =>
    JSON.stringify({
      level: "warn",
      tier: "gateway",
      pid,
      reason,
      message: "the application is not ready",
    });
  notReady.hear(`GET /healthz\n${line("GET /healthz has the status 500", 1)}\nan own line\n`);
  notReady.hear(`${line("GET /healthz has the status 500", 2)}\n${line("status 503", 2)}\n`);
  assert.deepEqual(said, [
    "the application is not ready: GET /healthz has the status 500",
    "the application is not ready: status 503",
  ]);
});

test("a container that failed is a more likely cause than one that is still starting", () => {
  const app = container("app", "running", "Up 1 second (health: starting)");
  const migrate = container("migrate", "exited", "Exited (1) 1 second ago");
  const assets = container("assets", "exited", "Exited (0) 1 second ago");
  const db = container("db", "running", "Up 1 second (healthy)");
  const found = culprits([app, assets, db, migrate]).map(({ service }) => service);
  assert.deepEqual(found, ["migrate", "app"]);
});
