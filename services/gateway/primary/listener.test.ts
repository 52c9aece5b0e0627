import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { Listener } from "./listener.ts";

test("connections up to the backlog wait for a worker; one above it is closed", {
  timeout: 60_000,
}, async (t) => {
  const failures: Error[] = [];
  const listener = new Listener({ host: "127.0.0.1", port: 0, backlog: 2 }, (error) =>
    failures.push(error),
  );
  t.after(() => listener.close(0));
  await listener.open();
  const open = async () => {
    const client = connect(listener.port, "127.0.0.1");
    t.after(() => client.destroy());
    client.on("error", () => undefined);
    await once(client, "connect");
    return client;
  };
  const waiting = [await open(), await open()];
  while (listener.waiting < 2) await new Promise(setImmediate);
  const surplus = await open();
  await once(surplus.resume(), "close");
  assert.equal(listener.waiting, 2);
  assert.ok(waiting.every((client) => !client.closed));
  // No worker takes them: they are closed with the listener.
  const closed = waiting.map((client) => once(client.resume(), "close"));
  await listener.close(0);
  await Promise.all(closed);
  assert.deepEqual(failures, []);
});
