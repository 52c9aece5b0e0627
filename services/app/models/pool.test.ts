import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { readSettings } from "@gatehouse/settings";
import { sql } from "drizzle-orm";
import { appSettings } from "../settings.ts";
import { closedPort } from "../testing/closed-port.ts";
import { recordingLogger } from "../testing/site.ts";
import { DatabaseUnavailable } from "./failure.ts";
import { Pool } from "./pool.ts";

function openPool(address: string) {
  const environment = {
    DATABASE_URL: `postgres://gatehouse@${address}/gatehouse`,
    APP_CONNECT_TIMEOUT: "100",
  };
  const { values } = readSettings(appSettings, environment, []);
  const { logger, lines } = recordingLogger();
  return { pool: new Pool(values, logger), lines };
}

async function refusal(pool: Pool): Promise<string> {
  try {
    await pool.ask((database) => database.execute(sql`select 1`));
  } catch (error) {
    assert.ok(error instanceof DatabaseUnavailable);
    return error.message;
  }
  assert.fail("the pool answered");
}

test("a database that is not there is unavailable at once, and the change is logged once", async () => {
  const { pool, lines } = openPool(`127.0.0.1:${await closedPort()}`);
  await assert.rejects(pool.ready(), DatabaseUnavailable);
  assert.match(await refusal(pool), /^nothing listens at 127\.0\.0\.1:/);
  assert.equal(await refusal(pool), await refusal(pool));
  assert.deepEqual(
    lines.map(({ level, message, from, to }) => ({ level, message, from, to })),
    [{ level: "warn", message: "database", from: "unknown", to: "down" }],
  );
  await pool.close();
});

test("a database that is silent is unavailable after the connect timeout", async (t) => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket)).listen(0, "127.0.0.1");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const { pool } = openPool(`127.0.0.1:${port}`);
  assert.match(await refusal(pool), /^no connection to the database at .* within 100 ms/);
  await pool.close();
});

test("an error of the query itself is passed on as it is", async () => {
  const { pool, lines } = openPool(`127.0.0.1:${await closedPort()}`);
  const mistake = new TypeError("a mistake");
  await assert.rejects(
    pool.ask(() => Promise.reject(mistake)),
    mistake,
  );
  assert.deepEqual(lines, []);
  await pool.close();
});
