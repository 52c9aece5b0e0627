import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdirSync, rmSync, statSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { dirname } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";

import { Client, elsewhere, metric, start, untilItHas } from "../testing/two-workers.ts";

test("where the other worker ends, what it had is lost and said so; later ones are served", async (t) => {
  const { gateway, client, there, headers } = await elsewhere(t);
  const sent = client.send("/stuck?EIO=4", { headers }).end();
  const broken = once(sent, "response").then(
    () => "response",
    (error: Error) => error.message,
  );
  await untilItHas(gateway, there);
  process.kill(there, "SIGKILL");
  assert.equal(await broken, "socket hang up");
  const line = await gateway.line(({ message }) => String(message).includes("is lost"));
  assert.match(String(line.message), /passed on is lost: its worker ended/);
  assert.notEqual((await client.json("/?EIO=4", { headers })).pid, there);
});

test("where the other worker cannot be reached, the request is served here", async (t) => {
  const { gateway, client, here, headers } = await elsewhere(t);
  const parent = dirname(gateway.controlSocket);
  const folder = readdirSync(parent).find((name) => name.startsWith("gateway-workers-")) ?? "";
  assert.equal(statSync(`${parent}/${folder}`).mode & 0o777, 0o700);
  for (const name of readdirSync(`${parent}/${folder}`)) rmSync(`${parent}/${folder}/${name}`);
  const body = "a body that must not be sent twice";
  const sent = client.send("/hash?EIO=4", { method: "POST", headers }).end(body);
  const [response]: IncomingMessage[] = await once(sent, "response");
  const { pid, hash } = JSON.parse(await text(response ?? (await client.get("/"))[0]));
  assert.deepEqual([pid, hash], [here, createHash("sha256").update(body).digest("hex")]);
  await gateway.line(({ message }) => String(message).includes("is served here"));
  assert.equal(await metric(gateway, "gone"), 1);
});

test("where the other worker is stuck, the request gets 503 in time, and nothing was sent", async (t) => {
  const { gateway, client, there, headers } = await elsewhere(
    t,
    "--queue-timeout=300",
    "--timeout=0",
  );
  process.kill(there, "SIGSTOP");
  try {
    const [response] = await client.get("/?EIO=4", { headers });
    assert.deepEqual([response.statusCode, response.headers["retry-after"]], [503, "1"]);
    await gateway.line(({ message }) => String(message).includes("is stuck"));
  } finally {
    process.kill(there, "SIGCONT");
  }
});

test("what is passed on is bounded: more than the other worker would take gets 503", async (t) => {
  const bound = ["--max-in-flight=1", "--queue-size=0"];
  const { gateway, client, there, headers } = await elsewhere(t, ...bound);
  client.agent.maxSockets = 8;
  const first = client.send("/stuck?EIO=4", { headers }).on("error", () => undefined);
  first.end();
  await untilItHas(gateway, there);
  const [second] = await client.get("/?EIO=4", { headers });
  assert.equal(second.statusCode, 503);
  first.destroy();
});

test("a reload moves each key once, when its worker retires", async (t) => {
  const [gateway, url] = await start(t, "--affinity=client");
  const keys = Array.from({ length: 12 }, (_, at) => `192.0.2.${at}`);
  const seen = new Map<string, number[]>(keys.map((key) => [key, []]));
  const ask = async () => {
    for (const [key, pids] of seen) {
      const client = new Client(t, url);
      const { pid } = await client.json("/", {
        headers: { "X-Forwarded-For": key, Connection: "close" },
      });
      if (pids.at(-1) !== pid) pids.push(pid);
    }
  };
  await ask();
  gateway.child.kill("SIGHUP");
  let done = false;
  void gateway
    .line(({ message }) => message === "reload done")
    .then(() => {
      done = true;
    });
  while (!done) await ask();
  await ask();
  for (const [key, pids] of seen) assert.equal(new Set(pids).size, 2, `${key}: ${pids}`);
});
