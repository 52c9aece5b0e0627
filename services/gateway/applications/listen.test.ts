import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { listenThrough } from "./listen.ts";
import { OwnServers } from "./own-servers.ts";

/** The gateway's port: nothing binds it here. */
const SITE = 3000;

test("a server that listens with a signal is closed by it", async () => {
  for (const abortFirst of [false, true]) {
    const servers = new OwnServers(SITE);
    const abort = new AbortController();
    if (abortFirst) abort.abort();
    const server = createServer();
    const closed = once(server, "close");
    listenThrough(servers, () => server.listen({ port: SITE, signal: abort.signal }));
    abort.abort();
    await closed;
    assert.equal(server.listening, false);
    assert.equal(servers.any, false);
  }
});

test("the error of an address in use says what Node's says", async (t) => {
  const twice = async (first: Server, second: Server, host: string | undefined, wanted: number) => {
    t.after(() => first.close());
    await once(first.listen({ port: wanted, host }), "listening");
    const { port } = first.address() as AddressInfo;
    const [error] = await once(second.listen({ port, host }), "error");
    const { code, errno, syscall, address, port: where, message } = error;
    return { code, errno, syscall, address, port: where, message };
  };
  for (const host of [undefined, "127.0.0.1"]) {
    const nodes = await listenThrough("node", () => twice(createServer(), createServer(), host, 0));
    const site = Number(nodes.port);
    const ours = listenThrough(new OwnServers(site), () =>
      twice(createServer(), createServer(), host, site),
    );
    assert.deepEqual(await ours, nodes);
  }
});
