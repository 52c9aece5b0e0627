import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { readSettings } from "@gatehouse/settings";
import { migrate } from "../management/migrate.ts";
import { appSettings } from "../settings.ts";
import { unreachableUrl } from "../testing/database.ts";
import { recordingLogger } from "../testing/logger.ts";
import { sql } from "./drizzle.ts";
import { DatabaseUnavailable } from "./failure.ts";
import { Pool } from "./pool.ts";

function openPool(url: string) {
  const environment = {
    DATABASE_URL: url,
    APP_CONNECT_TIMEOUT: "100",
  };
  const { values } = readSettings(appSettings, environment, []);
  const { logger, lines } = recordingLogger();
  return { pool: new Pool(values, logger), lines };
}

async function refusal(pool: Pool): Promise<string> {
  try {
    await pool.query((database) => database.execute(sql`select 1`));
  } catch (error) {
    assert.ok(error instanceof DatabaseUnavailable);
    return error.message;
  }
  assert.fail("the query succeeded");
}

test("a database that does not run is unavailable at once, and the change is logged once", async () => {
  const { pool, lines } = openPool(await unreachableUrl());
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
  const { pool } = openPool(`postgres://gatehouse@127.0.0.1:${port}/gatehouse`);
  assert.match(await refusal(pool), /^no connection to the database at .* within 100 ms/);
  await pool.close();
});

test("an error of the query itself is passed on as it is", async () => {
  const { pool, lines } = openPool(await unreachableUrl());
  const mistake = new TypeError("a mistake");
  await assert.rejects(
    pool.query(() => Promise.reject(mistake)),
    mistake,
  );
  assert.deepEqual(lines, []);
  await pool.close();
});

const valuesOf = (environment: Record<string, string>) =>
  readSettings(appSettings, { APP_MIGRATE_TIMEOUT: "1000", ...environment }, []).values;

test("a database that does not run fails the migration with one line after the timeout", async () => {
  const values = valuesOf({ DATABASE_URL: await unreachableUrl() });
  await assert.rejects(migrate(values), { message: /^nothing listens at 127\.0\.0\.1:\d+: .*$/ });
});

test("a missing password file is reported", async () => {
  const values = valuesOf({ DATABASE_PASSWORD_FILE: "/nowhere/password" });
  await assert.rejects(migrate(values), {
    message: /^DATABASE_PASSWORD_FILE=\/nowhere\/password /,
  });
});
