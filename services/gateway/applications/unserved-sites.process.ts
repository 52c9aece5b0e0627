import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { startGatewayIn, writeModules } from "../testing/gateway-process.ts";
import { freePort, TWO_SERVERS } from "../testing/own-servers.ts";

const unserved: readonly (readonly [what: string, source: string, reason: RegExp])[] = [
  [
    "a server of node:net",
    `import { createServer as tcp } from "node:net";
     tcp((socket) => site.emit("connection", socket)).listen(PORT);`,
    /a server of node:net listens on port \d+, and the gateway cannot serve it/,
  ],
  [
    "a server of HTTP/2 that only has streams",
    `import { createServer as http2 } from "node:http2";
     http2().on("stream", (stream) => stream.respond()).listen(PORT);`,
    /a Http2Server listens on port \d+.*node:http2 with a listener for "request"/,
  ],
  [
    "a thread",
    `import { Worker, isMainThread } from "node:worker_threads";
     if (isMainThread) new Worker(new URL(import.meta.url)); else site.listen(OTHER);`,
    /EADDRINUSE.*; port \d+ is the gateway's: .*name the module that calls listen\(\) itself/,
  ],
  [
    "a process of its own",
    `import { fork } from "node:child_process";
     if (process.argv[2] === "child") site.listen(OTHER);
     else fork(new URL(import.meta.url), ["child"]).on("exit", process.exit);`,
    /ended itself with exit code 1 .*; port \d+ is the gateway's: /,
  ],
  [
    "a process of its own, on another port",
    `import { spawn } from "node:child_process";
     spawn("cat");`,
    /it never called listen\(\); it has started another process, and a server there is not seen/,
  ],
];

for (const [what, source, reason] of unserved) {
  test(`a site that is ${what} is an error that says so`, async (t) => {
    const folder = await writeModules(t, { "app.mjs": TWO_SERVERS + source });
    // As a second worker finds it: the gateway has its port.
    const port = await freePort();
    const taken = createServer().listen(port);
    await once(taken, "listening");
    t.after(() => taken.close());
    const flags = ["--workers=1", "--boot-timeout=10000", `--port=${port}`];
    const env = { OTHER: String(port) };
    const gateway = startGatewayIn(env, t, `${folder}/app.mjs`, ...flags);
    const line = await gateway.line(({ message }) => message === "worker died");
    assert.match(String(line.reason), reason);
    assert.doesNotMatch(String(line.reason), /Debugger/);
  });
}
