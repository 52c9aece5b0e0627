import assert from "node:assert/strict";
import * as http from "node:http";
import { createServer } from "node:net";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { OwnServers } from "./own-servers.ts";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

test("a server of node:net that an application has opened and forgotten takes no memory", async () => {
  const servers = new OwnServers(3000);
  servers.decide("app.mjs");
  const elsewhere = { port: 0, host: undefined, path: undefined, backlog: undefined };
  const listen = () => {
    const server = createServer();
    servers.listenOtherwise(server, elsewhere);
    return new WeakRef(server);
  };
  const forgotten = listen();
  // A WeakRef holds its object until the end of this turn.
  await new Promise(setImmediate);
  collectGarbage();
  assert.equal(forgotten.deref(), undefined);
  // Used after the collection, so that `servers` itself was not collected.
  assert.ok(!servers.taken);
});

test("a server on PORT is not the site where an export is: closing it means nothing", () => {
  const servers = new OwnServers(3000);
  servers.closed = () => assert.fail("it was the site");
  servers.changed = () => assert.fail("it is the site");
  const open = () => {
    const server = http.createServer();
    servers.listen(server, { port: 3000, host: undefined, path: undefined, backlog: undefined });
    return server;
  };
  const before = open();
  servers.release();
  before.close();
  open().close();
});
