import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ControlSocket } from "@gatehouse/processes";
import { eventually } from "../testing/edge.ts";
import { temporaryFolder } from "../testing/edge-process.ts";
import { OtherEdges } from "./other-edges.ts";

/** Milliseconds: more than a response takes on a busy machine. */
const INTERVAL = 300;
const PONG = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

/** Watches other edges; the lines that it logs, and how often it has looked. */
async function watch(t: TestContext, ...names: string[]) {
  const folder = await temporaryFolder(t);
  const lines: unknown[] = [];
  const write = (message: string, fields = {}) => void lines.push({ message, ...fields });
  const paths = names.map((name) => join(folder, name));
  let looks = 0;
  const seen = () => {
    looks += 1;
    return paths;
  };
  const edges = new OtherEdges(seen, { info: write, warn: write, error: write }, INTERVAL);
  t.after(() => edges.close());
  const has = (count: number) =>
    eventually(
      async () => lines,
      ({ length }) => length === count,
    );
  const looked = (times: number) => {
    const before = looks;
    return eventually(
      async () => looks,
      (now) => now >= before + times,
    );
  };
  return { paths, lines, has, looked };
}

/** As the control socket of a frozen edge: the kernel has the connections, and no process responds. */
async function freeze(t: TestContext, path: string) {
  const clients: Socket[] = [];
  const server = createServer((client) => void clients.push(client.on("error", () => {})));
  server.listen(path);
  await once(server, "listening");
  const end = () => {
    server.close();
    for (const client of clients) client.destroy();
  };
  t.after(end);
  const thaw = () => {
    for (const client of clients) client.end(PONG);
  };
  return { clients, end, thaw };
}

const line = (message: string, from: number, to: number) => ({ message, from, to });
const frozen = (from: number, to: number) =>
  line("edges are frozen: their share of the connections waits", from, to);
const again = (from: number, to: number) => line("edges run again", from, to);

test("edges that do not respond are logged once, and when they respond or end", async (t) => {
  const { paths, lines, has, looked } = await watch(t, "one", "two");
  const [one, two] = await Promise.all(paths.map((path) => freeze(t, path)));
  await has(1);
  await looked(3);
  assert.deepEqual(lines, [frozen(0, 2)]);
  // One that is frozen gets no further connections, which would fill its backlog.
  assert.equal(one?.clients.length, 1);
  two?.end();
  await has(2);
  assert.deepEqual(lines.slice(1), [again(2, 1)]);
  one?.thaw();
  await eventually(
    async () => lines[2],
    (third) => third !== undefined,
  );
  assert.deepEqual(lines[2], again(1, 0));
});

test("an edge that responds, of an older release too, and one that is gone are not frozen", async (t) => {
  const { paths, lines, looked } = await watch(t, "runs", "gone");
  const control = new ControlSocket({}, {});
  await control.open(paths[0] ?? "");
  t.after(() => control.close());
  await looked(3);
  assert.deepEqual(lines, []);
});

test("an edge that was frozen itself does not take the others for frozen", async (t) => {
  const { paths, lines, looked } = await watch(t, "other");
  const server = createServer((client) => client.resume().end(PONG));
  server.once("connection", () => {
    // This process stands still between a ping and its response, longer than a look may be late.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
  });
  server.listen(paths[0]);
  await once(server, "listening");
  t.after(() => server.close());
  await looked(3);
  assert.deepEqual(lines, []);
});
