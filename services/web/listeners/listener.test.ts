import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { test } from "node:test";
import { eventually, runEdge, startUpstream } from "../testing/edge.ts";

/** Linux's number of a timer that asks whether the other end is still there: see proc_net_tcp in its sources. */
const KEEP_ALIVE = "02";

/** The timer of the connection between these ports, as its first end has it in Linux's table; "00" is none. */
function timerOf(local: number, remote: number): string | undefined {
  const port = (number: number) => `:${number.toString(16).toUpperCase().padStart(4, "0")}`;
  for (const line of readFileSync("/proc/net/tcp", "utf8").split("\n").slice(1)) {
    const [, from = "", to = "", , , timer = ""] = line.trim().split(/\s+/);
    if (from.endsWith(port(local)) && to.endsWith(port(remote))) return timer.slice(0, 2);
  }
  return undefined;
}

test("a client that vanished without a word is asked by TCP whether it is there", async (t) => {
  const upstream = await startUpstream(t, "127.0.0.2", (_, response) => response.end(), undefined);
  const { edge, ports } = await runEdge(t, upstream, {});
  const client = connect(ports.http, "127.0.0.1");
  t.after(() => client.destroy());
  await once(client, "connect");
  const accepted = async () =>
    edge.metrics().find(({ name }) => name === "web_connections_total")?.values[0]?.value;
  await eventually(accepted, (count) => count === 1);
  assert.equal(timerOf(ports.http, client.localPort ?? 0), KEEP_ALIVE);
});
