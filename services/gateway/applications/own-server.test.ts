import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { connect, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { temporaryFolder } from "../testing/gateway-process.ts";
import { OwnServer } from "./own-server.ts";

/** A server that an application has begun to listen with, on a Unix socket, and what it says to a client. */
function listen(t: TestContext, path: string, word: string) {
  const server = createServer((socket) => {
    // Of a fellow that only tries whether it is accepted.
    socket.on("error", () => undefined).end(word);
  });
  const requested = { port: 0, host: undefined, path, backlog: undefined };
  const own = new OwnServer(server, requested, () => undefined);
  t.after(() => server.close());
  return { own, server };
}

async function saidOn(path: string): Promise<string> {
  try {
    return await text(connect(path));
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

test("an abstract Unix socket listens, and passes to a fellow when its process ends", async (t) => {
  const path = `\0gatehouse-${process.pid}`;
  const first = listen(t, path, "first");
  await once(first.server, "listening");
  const second = listen(t, path, "second");
  await once(second.server, "listening");
  await second.own.followFellows();
  assert.equal(await saidOn(path), "first");
  first.server.close();
  await second.own.followFellows();
  assert.equal(await saidOn(path), "second");
});

/** What is in its place leads nowhere: neither to a socket nor to its absence. */
function makeUnusable(t: TestContext): string {
  const path = `${temporaryFolder(t)}/site.sock`;
  symlinkSync(path, path);
  return path;
}

test("a site listens where its Unix socket can neither be made nor be looked at", async (t) => {
  const { own, server } = listen(t, makeUnusable(t), "site");
  await once(server, "listening");
  await own.followFellows();
});

test("a second server has the error of listen() there, as under Node", async (t) => {
  const { own, server } = listen(t, makeUnusable(t), "second");
  own.open();
  server.on("listening", () => assert.fail("it does not listen"));
  const [error] = await once(server, "error");
  assert.equal(error.code, "EADDRINUSE");
});

test("a Unix socket that a fellow removes before 'listening' is made anew", async (t) => {
  const path = `${temporaryFolder(t)}/site.sock`;
  const { own, server } = listen(t, path, "site");
  rmSync(path);
  await once(server, "listening");
  await own.followFellows();
  assert.equal(await saidOn(path), "site");
});

test("a server whose folder goes away serves on, and has its Unix socket again with the folder", async (t) => {
  const folder = `${temporaryFolder(t)}/sockets`;
  mkdirSync(folder);
  const path = `${folder}/second.sock`;
  const { own, server } = listen(t, path, "second");
  own.open();
  await once(server, "listening");
  const errors: unknown[] = [];
  server.on("error", (error) => errors.push(error));
  rmSync(folder, { recursive: true });
  await own.followFellows();
  // Node reports what listen() could not do in the next tick.
  await new Promise(setImmediate);
  assert.deepEqual(errors, []);
  mkdirSync(folder);
  await own.followFellows();
  assert.equal(await saidOn(path), "second");
});
