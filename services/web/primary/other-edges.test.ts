import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ControlSocket } from "@gatehouse/processes";
import { createLogger } from "@gatehouse/telemetry";
import { eventually } from "../testing/edge.ts";
import { temporaryFolder } from "../testing/edge-process.ts";
import { seen, share } from "../testing/shared-port.ts";
import { OtherEdges } from "./other-edges.ts";
import { Steering } from "./steering.ts";

const BOTH = ["nobody", "one"];

/** Watches one other edge, whose listening socket is that of "nobody". */
async function watch(t: TestContext) {
  const path = join(await temporaryFolder(t), "other.ctl");
  const socket = await share(t, "frozen", "one");
  const steering = new Steering([socket], 2);
  const edges = new OtherEdges(() => [path], steering, createLogger("web", {}));
  t.after(() => edges.close());
  const serving = (names: string[]) =>
    eventually(
      () => seen(socket.port),
      (found) => found.join() === names.join(),
    );
  return { path, serving };
}

/** As the control socket of a frozen process: the kernel accepts, and nobody responds. */
async function silentOn(t: TestContext, path: string): Promise<() => void> {
  const clients: Socket[] = [];
  const server = createServer((client) => void clients.push(client.on("error", () => {})));
  server.listen(path);
  await once(server, "listening");
  const kill = () => {
    server.close();
    for (const client of clients) client.destroy();
  };
  t.after(kill);
  return kill;
}

/** The control socket of an edge whose workers have said nothing for so many milliseconds. */
async function silenceOf(t: TestContext, path: string, milliseconds: () => number) {
  const verbs = { silence: { run: async () => String(milliseconds()) } };
  const control = new ControlSocket(verbs, {});
  await control.open(path);
  t.after(() => control.close());
}

test("no connection goes to an edge that does not respond; one that is gone needs no steering", async (t) => {
  if (process.platform !== "linux") return;
  const { path, serving } = await watch(t);
  await serving(BOTH);
  const kill = await silentOn(t, path);
  await serving(["one"]);
  kill();
  await serving(BOTH);
});

test("the same for an edge whose workers are silent, until one of them says something", async (t) => {
  if (process.platform !== "linux") return;
  const { path, serving } = await watch(t);
  let silence = 10_000;
  await silenceOf(t, path, () => silence);
  await serving(["one"]);
  silence = 10;
  await serving(BOTH);
});

test("an edge that responds gets its share", async (t) => {
  if (process.platform !== "linux") return;
  const { path, serving } = await watch(t);
  let asked = 0;
  await silenceOf(t, path, () => {
    asked += 1;
    return 900;
  });
  await eventually(
    async () => asked,
    (count) => count >= 6,
  );
  await serving(BOTH);
});
