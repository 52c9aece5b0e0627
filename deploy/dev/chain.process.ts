import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { freePort, temporaryFolder } from "../testing.ts";
import { BootLog } from "./boot-failure.ts";
import { Chain } from "./chain.ts";
import { endChildren, type Program } from "./child.ts";
import { Relay } from "./relay.ts";

after(() => endChildren());

test("a change before a tier has started does not have it load the application a second time", async (t) => {
  const folder = await temporaryFolder(t);
  const loads = join(folder, "loads");
  const source = `
    const load = (line) => {
      require("node:fs").appendFileSync(${JSON.stringify(loads)}, "loaded ");
      console.log(line);
    };
    process.on("SIGHUP", () => load('{"message":"reload done"}'));
    load('{"to":"ready"}');
    setInterval(() => {}, 1000);`;
  const program = <Tier extends Program["source"]>(source: Tier, text: string) => ({
    ...{ source, argv0: "node", cwd: folder, environment: {}, hides: () => false },
    ...({ command: [process.execPath, "--eval", text], end: "SIGTERM" } as const),
  });
  const none = { migrate: undefined, static: undefined, seed: undefined, jobs: undefined };
  const all = {
    ...{ ...none, gateway: program("gateway", source) },
    edge: program("edge", `console.log('{"to":"ready"}'); setInterval(() => {}, 1000);`),
    compiler: program(
      "compiler",
      `console.log("watching for changes"); setInterval(() => {}, 1000);`,
    ),
  };
  using relay = await Relay.listen(await freePort(), await freePort());
  const chain = new Chain(folder, all, relay, new BootLog(folder));
  // As of the compiler's first output, which is reported a moment after it.
  let changed: Promise<void> | undefined;
  await chain.start(async () => {
    changed = chain.change(new Set(["reload"]));
  });
  await changed;
  assert.equal(readFileSync(loads, "utf8"), "loaded ");
  await chain.change(new Set(["reload"]));
  assert.equal(readFileSync(loads, "utf8"), "loaded loaded ");
});
