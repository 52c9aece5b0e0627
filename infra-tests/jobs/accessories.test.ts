import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parse } from "yaml";
import { run } from "../../deploy/command.ts";
import { freePort } from "../../deploy/testing.ts";
import { breaches } from "../chain/policy/rules.ts";
import { type Endpoint, reachable } from "../chain/probe.ts";
import { FreshClone } from "../first-run/fresh-clone.ts";
import { until } from "../stack/deadline.ts";
import { docker, exec } from "../stack/docker.ts";
import { call } from "../stack/http.ts";
import { tails } from "../stack/logs.ts";

const FILES = ["compose.yaml", "deploy/accessories/redis.yaml", "deploy/accessories/mail.yaml"];

// One stack for all tests, in order: a site that gets a queue and a mail catcher while it runs.
let clone: FreshClone;
let mailPort: number;
before(async () => {
  clone = await FreshClone.make();
  mailPort = await freePort();
  await clone.setEnv("APP=examples/echo.ts");
  await makeUp();
});
after(async () => await clone[Symbol.asyncDispose]());

async function makeUp(): Promise<string> {
  const { code, stdout, stderr } = await clone.run("up.ts");
  assert.equal(code, 0, `${stdout}${stderr}`);
  return stdout;
}

/** Sends a form to the site. */
const post = (path: string, fields: Readonly<Record<string, string>>) =>
  call(`http://127.0.0.1:${clone.ports[0]}${path}`, {
    method: "POST",
    agent: false,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(fields).toString(),
  });

interface Letter {
  readonly Snippet: string;
  readonly To: readonly { readonly Address: string }[];
}

/** The letter with these words, as the page of the mail catcher has it. */
async function letterWith(words: string): Promise<Letter> {
  const list = `http://127.0.0.1:${mailPort}/api/v1/messages`;
  return await until(
    `a letter with "${words}"`,
    async () => {
      const { messages }: { messages: Letter[] } = JSON.parse((await call(list)).text);
      return messages.find(({ Snippet }) => Snippet === words);
    },
    { within: 30_000, evidence: () => tails(clone.stack, "app", "jobs", "mail") },
  );
}

const ids = async (...services: string[]) =>
  (await Promise.all(services.map((each) => clone.stack.containers(each))))
    .flat()
    .map(({ Id }) => Id);

test("three lines add Redis and the mail catcher to a running stack, before the replicas that need them", async () => {
  const untouched = await ids("edge-port", "web", "db");
  await clone.setEnv(
    `COMPOSE_FILE=${FILES.join(":")}`,
    `MAIL_PORT=${mailPort}`,
    "APP=examples/queue.ts",
    "JOBS=examples/queue-jobs.ts",
  );
  await writeFile(
    join(clone.root, "app.env"),
    "REDIS_URL=redis://redis:6379\nSMTP_URL=smtp://mail:1025\n",
  );
  const said = await makeUp();
  assert.match(said, /added services\n +(redis, mail|mail, redis) started/);
  assert.ok(said.indexOf("added services") < said.indexOf("] replicas"), said);
  assert.deepEqual(await ids("edge-port", "web", "db"), untouched);
  assert.deepEqual((await ids("redis", "mail", "jobs")).length, 3);
});

test("a letter that the site puts into the queue is sent by the jobs, and caught", async () => {
  const words = `hello ${crypto.randomUUID()}`;
  const { status, text } = await post("/letters", { to: "ada@example.org", words });
  assert.equal(status, 202, text);
  assert.equal((await letterWith(words)).To[0]?.Address, "ada@example.org");
});

test("what is in the queue outlives its container, and is sent when the jobs are back", async () => {
  const words = `patience ${crypto.randomUUID()}`;
  const compose = async (...args: string[]) => {
    const { code, output } = await run("docker", ["compose", ...args], { cwd: clone.root });
    assert.equal(code, 0, output);
  };
  await compose("stop", "jobs");
  assert.equal((await post("/letters", { to: "ada@example.org", words })).status, 202);
  await compose("rm", "--stop", "--force", "redis");
  await compose("up", "--detach", "--no-build", "--wait");
  assert.equal((await letterWith(words)).Snippet, words);
});

test("the mail catcher's page is whole, and on loopback only", async () => {
  const origin = `http://127.0.0.1:${mailPort}`;
  const { text } = await call(`${origin}/`);
  const [, script = ""] = /<script src="([^"]+)"/.exec(text) ?? [];
  const { status, headers } = await call(`${origin}${script}`);
  assert.equal(status, 200, text);
  assert.match(String(headers["content-type"]), /javascript/);
  const { HostConfig } = await (await clone.stack.container("mail")).inspect();
  assert.deepEqual(Object.values(HostConfig.PortBindings as object).flat(), [
    { HostIp: "127.0.0.1", HostPort: String(mailPort) },
  ]);
});

const CONNECT = `
  const { connect } = require("node:net");
  const [host, port] = process.argv.slice(1);
  const socket = connect({ host, port, timeout: 2000 });
  const done = (code) => process.exit(code);
  socket.on("connect", () => done(0)).on("error", () => done(1)).on("timeout", () => done(1));
`;

/** The names and all addresses of the accessories, with their ports. */
async function endpoints(): Promise<Endpoint[]> {
  const found: Endpoint[] = [];
  for (const [service, ports] of [
    ["redis", [6379]],
    ["mail", [1025, 8025]],
  ] as const) {
    const { NetworkSettings } = await (await clone.stack.container(service)).inspect();
    const addresses = Object.values(NetworkSettings.Networks).map(({ IPAddress }) => IPAddress);
    for (const host of [service, ...addresses]) {
      found.push(...ports.map((port) => ({ host, port })));
    }
  }
  return found;
}

test("application and jobs reach both by name; the edge reaches neither by name or address", async () => {
  const all = await endpoints();
  const connects = async (service: string, { host, port }: Endpoint) => {
    const [container] = await clone.stack.containers(service);
    assert.ok(container);
    const command = ["node", "-e", CONNECT, host, String(port)];
    return (await exec(docker.getContainer(container.Id), command)).code === 0;
  };
  for (const service of ["app", "jobs"]) {
    assert.ok(await connects(service, { host: "redis", port: 6379 }), `${service} and redis`);
    assert.ok(await connects(service, { host: "mail", port: 1025 }), `${service} and mail`);
  }
  for (const each of all) {
    assert.equal(await connects("web", each), false, `web and ${JSON.stringify(each)}`);
  }
  for (const network of ["front", "back"]) {
    const open = await reachable(clone.stack, await clone.stack.network(network), all);
    assert.deepEqual(open, [], network);
  }
});

test("the accessories keep the rules for containers, but that the mail catcher publishes its page", () => {
  const files = FILES.flatMap((file) => ["--file", file]);
  const config = execFileSync("docker", ["compose", ...files, "config"], {
    cwd: clone.root,
    encoding: "utf8",
  });
  const found = breaches(parse(config), { app: 0, web: 0 });
  assert.deepEqual(
    found
      .filter(({ service }) => service === "redis" || service === "mail")
      .map(({ service, message }) => `${service} ${message}`),
    ["mail publishes a port; only edge-port does"],
  );
});

test("with the catcher alone, a form is sent by mail from the application itself", async () => {
  await clone.setEnv(
    "COMPOSE_FILE=compose.yaml:deploy/accessories/mail.yaml",
    `MAIL_PORT=${mailPort}`,
    "APP=examples/mail.ts",
  );
  await makeUp();
  const words = `dear editors ${crypto.randomUUID()}`;
  const { text } = await post("/", { from: "ada@example.org", words });
  assert.match(text, /Thank you/);
  assert.equal((await letterWith(words)).To[0]?.Address, "editors@example.org");
  assert.deepEqual(await ids("jobs"), []);
});

/** An accessory whose program ends at once. */
const BROKEN = `services:
  broken:
    image: \${REDIS_IMAGE:-valkey/valkey:8.1.4}
    entrypoint: ["false"]
    restart: unless-stopped
    networks: [data]
`;

test("a broken accessory, and one that no file names any more, are warnings of a release that runs", async () => {
  await writeFile(join(clone.root, "broken.yaml"), BROKEN);
  await clone.setEnv("COMPOSE_FILE=compose.yaml:broken.yaml", "APP=examples/echo.ts");
  const said = await makeUp();
  assert.match(said, /Release \d+ runs \([^)]*app/);
  assert.match(
    said,
    /\n {2}broken-1 does not run well \(restarts: \d+\): docker compose logs broken/,
  );
  assert.match(
    said,
    /\n {2}no Compose file has the services of .*mail-1.*, which are left: docker compose up/,
  );
  assert.equal((await call(`http://127.0.0.1:${clone.ports[0]}/`)).status, 200);
});
