import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { chmod, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connect } from "node:tls";
import { docker } from "../stack/docker.ts";
import { call, tiers } from "../stack/http.ts";
import { FreshClone, type Outcome } from "./fresh-clone.ts";

// One clone for all tests, in order, like the clone of an operator.
let clone: FreshClone;
before(async () => {
  clone = await FreshClone.make();
});
after(async () => await clone[Symbol.asyncDispose]());

const secret = (name: string): string => join(clone.root, "secrets", name);
const networks = () =>
  docker.listNetworks({
    filters: { label: [`com.docker.compose.project=${clone.stack.project}`] },
  });

function assertUp({ code, stdout, stderr }: Outcome): void {
  assert.equal(code, 0, `${stdout}${stderr}`);
  for (const port of clone.ports) assert.match(stdout, new RegExp(`127\\.0\\.0\\.1:${port}/`));
}

/** The tiers of a page, on a new connection: a kept one may belong to an edge that has ended. */
async function tiersOfPage(): Promise<string[]> {
  return tiers(await call(`http://127.0.0.1:${clone.ports[0]}/`, { agent: false }));
}

/** The last line of the errors is that of the command; the lines before it are Compose's. */
function assertRefused({ code, stdout, stderr }: Outcome, exitCode: number, line: RegExp): void {
  assert.equal(code, exitCode, `${stdout}${stderr}`);
  assert.match(stderr.trim().split("\n").at(-1) ?? "", line);
}

async function assertNothingLeft(): Promise<void> {
  assert.deepEqual(await clone.stack.containers(), []);
  assert.deepEqual(await networks(), []);
}

/** The serial number of the certificate that the edge sends. */
async function servedSerial(): Promise<string> {
  const ca = await readFile(secret("ca.crt"), "utf8");
  const socket = connect({ host: "127.0.0.1", port: clone.ports[1], ca });
  await once(socket, "secureConnect");
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

async function serialInSecrets(): Promise<string> {
  return new X509Certificate(await readFile(secret("tls.crt"), "utf8")).serialNumber;
}

async function removeContainers(): Promise<void> {
  for (const { Id } of await clone.stack.containers()) {
    await docker.getContainer(Id).remove({ force: true });
  }
}

/** Variables that make Compose read another file with these lines. */
async function extraCompose(lines: string): Promise<{ COMPOSE_FILE: string }> {
  await writeFile(join(clone.root, "compose.extra.yaml"), `${lines}\n`);
  return { COMPOSE_FILE: "compose.yaml:compose.extra.yaml" };
}

async function setPassword(password: string): Promise<void> {
  await rm(secret("database_password"), { force: true });
  await writeFile(secret("database_password"), password);
  await chmod(secret("database_password"), 0o444);
}

test("a setting that only the container can reject is reported by name, and nothing stays", async () => {
  const env = await extraCompose("services: { web: { environment: { WEB_NO_SUCH: '1' } } }");
  const outcome = await clone.run("up.ts", { env });
  assertRefused(outcome, 78, /^gatehouse: web: WEB_NO_SUCH: no such setting/);
  await assertNothingLeft();
});

test("make up starts a fresh clone, with a certificate that its CA has signed", async () => {
  assertUp(await clone.run("up.ts"));
  // An application may lead its guests elsewhere: what counts is that it responds.
  assert.ok((await tiersOfPage()).includes("app"));
  assert.equal(await servedSerial(), await serialInSecrets());
});

test("a second make up with nothing changed takes under ten seconds and replaces nothing", async () => {
  const ids = async () => (await clone.stack.containers()).map(({ Id }) => Id).sort();
  const before = await ids();
  const outcomes = [await clone.run("up.ts"), await clone.run("up.ts")];
  for (const outcome of outcomes) assertUp(outcome);
  // The quicker of two: other work on the machine should not count.
  const seconds = Math.min(...outcomes.map((outcome) => outcome.seconds));
  assert.ok(seconds < 10, `it took ${seconds} s`);
  assert.deepEqual(await ids(), before);
});

test("a renewed certificate is what the edge serves after make up", async () => {
  const before = await servedSerial();
  await rm(secret("tls.crt"));
  assertUp(await clone.run("up.ts"));
  assert.notEqual(await servedSerial(), before);
  assert.equal(await servedSerial(), await serialInSecrets());
});

test("a later make up that fails stops nothing and says why it failed", async () => {
  const running = async () => (await (await clone.stack.container("db")).inspect()).State.StartedAt;
  const before = await running();
  const env = await extraCompose(
    "services: { migrate: { command: [node, -e, \"throw new Error('no such table')\"] } }",
  );
  const outcome = await clone.run("up.ts", { env });
  assertRefused(
    outcome,
    1,
    /^gatehouse: migrate-1 did not become healthy .+: Error: no such table$/,
  );
  assert.match(outcome.stdout, /the stack ran before: it stays as it is now/);
  assert.equal(await running(), before);
});

test("an interrupted make up stops what it has started", async () => {
  await removeContainers();
  const outcome = await clone.run("up.ts", { interruptAt: /db-1 +healthy/ });
  assertRefused(outcome, 130, /^gatehouse: stopped by SIGINT$/);
  await assertNothingLeft();
});

test("a volume with another password stops the start and stays; the old one opens it again", async () => {
  const password = await readFile(secret("database_password"), "utf8");
  await setPassword("another");
  assertRefused(
    await clone.run("up.ts"),
    1,
    /^gatehouse: the database volume was made with another password: .+make down VOLUMES=1$/,
  );
  await assertNothingLeft();

  await rm(secret("database_password"));
  const refusal = /^gatehouse: the volume \S+_db was made with a password .+make down VOLUMES=1$/;
  assertRefused(await clone.run("up.ts"), 1, refusal);
  await assertNothingLeft();

  await setPassword(password);
  assertUp(await clone.run("up.ts"));
});
