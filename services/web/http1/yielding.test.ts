import assert from "node:assert/strict";
import { test } from "node:test";
import { spareTime } from "../limits/spare-time.ts";
import { CLIENT, RawClient, startHttp1 } from "../testing/http1.ts";
import { isFree, occupyTurns, takeTurn } from "../testing/spare-time.ts";
import type { Http1Response } from "./response.ts";

const GET = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
const YIELDS = () => CLIENT;

function respond(response: Http1Response, text: string): void {
  response.writeHead(200, ["Content-Length", String(text.length)]);
  response.end(Buffer.from(text), []);
}

test("a request that yields is served whole, in any pieces, and so is the next one", async (t) => {
  const { port, failures } = await startHttp1(
    t,
    async (request, response) => {
      const pieces = request.body === undefined ? [] : await request.body.toArray();
      respond(response, Buffer.concat(pieces).toString("latin1"));
    },
    {},
    YIELDS,
  );
  const client = new RawClient(t, port);
  const post = "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 6\r\n\r\nfirst!";
  client.send(post);
  await client.until(({ received }) => received.endsWith("first!"));
  for (const piece of post.replace("first!", "second").match(/[\s\S]{1,7}/g) ?? []) {
    client.send(piece);
    await new Promise(setImmediate);
  }
  await client.until(({ received }) => received.endsWith("second"));
  assert.deepEqual([client.statuses, failures], [[200, 200], []]);
});

test("what is in the way of a request that yields comes first", async (t) => {
  const order: string[] = [];
  const { port } = await startHttp1(
    t,
    (_, response) => {
      order.push("request");
      respond(response, "ok");
    },
    {},
    () => {
      // Work of others that waits already, when the request arrives.
      if (order.length === 0) {
        order.push("arrived");
        spareTime.later(() => void order.push("earlier"));
      }
      return CLIENT;
    },
  );
  const client = new RawClient(t, port).send(GET);
  await client.until(({ statuses }) => statuses.length === 1);
  assert.deepEqual(order, ["arrived", "earlier", "request"]);
});

test("a client that leaves while its request yields ends nothing but that", async (t) => {
  const { port, failures, open } = await startHttp1(
    t,
    (_, response) => respond(response, "ok"),
    {},
    YIELDS,
  );
  for (let round = 0; round < 20; round++) {
    const client = new RawClient(t, port).send(GET);
    client.socket.resetAndDestroy();
  }
  const client = new RawClient(t, port).send(GET);
  await client.until(({ statuses }) => statuses.length === 1);
  client.socket.destroy();
  while (open.size > 0) await new Promise(setImmediate);
  assert.deepEqual(failures, []);
});

test("a connection that is closed while its request yields has no turn", async (t) => {
  const yielding = Promise.withResolvers<void>();
  const { port, open } = await startHttp1(
    t,
    () => assert.fail("served"),
    {},
    () => {
      occupyTurns(20);
      yielding.resolve();
      return CLIENT;
    },
  );
  new RawClient(t, port).send(GET);
  await yielding.promise;
  for (const socket of open) socket.destroy();
  while (open.size > 0) await new Promise(setImmediate);
  assert.ok(await isFree(CLIENT));
});

test("a drain does not close a connection whose request yields", async (t) => {
  let asked = 0;
  const started = await startHttp1(
    t,
    (_, response) => respond(response, "ok"),
    {},
    () => {
      // The connection was idle until now.
      if (++asked === 2) setImmediate(() => started.http1.closeIdle());
      return asked === 2 ? "client" : undefined;
    },
  );
  const client = new RawClient(t, started.port).send(GET);
  await client.until(({ statuses }) => statuses.length === 1);
  client.send(GET);
  await client.until(({ statuses }) => statuses.length === 2);
  assert.equal(asked, 2);
});

test("a malformed request that yields is refused", async (t) => {
  const { port, malformed } = await startHttp1(t, () => assert.fail("served"), {}, YIELDS);
  const client = new RawClient(t, port).send("GET / HTTP/1.1\nHost: a\n\n\r\n\r\n");
  await client.ended();
  assert.deepEqual([client.statuses, malformed], [[400], [400]]);
});

test("a request that gets no turn in time gets 503, not 408: its client was not too slow", async (t) => {
  const { port, malformed } = await startHttp1(
    t,
    () => assert.fail("served"),
    { headersTimeout: 200 },
    () => {
      // A second of others' work that waits too.
      occupyTurns(400);
      return CLIENT;
    },
  );
  const client = new RawClient(t, port).send(GET);
  await client.ended();
  assert.deepEqual([client.statuses, malformed], [[503], [503]]);
  assert.match(client.received, /\r\nRetry-After: \d+\r\n/);
  assert.ok(await isFree(CLIENT), "its request waits for a turn no more");
});

/** 20 turns whose spare time is taken, each followed by `then`. */
function occupy(then: () => void): void {
  for (let turn = 0; turn < 20; turn++) {
    spareTime.later(() => {
      takeTurn();
      then();
    });
  }
}

test("requests of a client that yields, sent while another one waits for its turn, are all served", async (t) => {
  const { port, failures } = await startHttp1(
    t,
    (request, response) => {
      respond(response, request.url ?? "");
      // The next request is ahead, and waits behind these; the third is sent meanwhile.
      if (request.url === "/1") occupy(() => undefined);
    },
    {},
    YIELDS,
  );
  const client = new RawClient(t, port).send(GET.replace("/ ", "/1 ") + GET.replace("/ ", "/2 "));
  await client.until(({ received }) => received.endsWith("/1"));
  client.send(GET.replace("/ ", "/3 "));
  await client.until(({ received }) => received.endsWith("/3"));
  assert.deepEqual([client.statuses, failures], [[200, 200, 200], []]);
});

test("a drain does not close a connection whose next request is ahead", async (t) => {
  const { port, http1 } = await startHttp1(
    t,
    (request, response) => {
      respond(response, request.url ?? "");
      if (request.url === "/1") occupy(() => http1.closeIdle());
    },
    {},
    YIELDS,
  );
  const client = new RawClient(t, port).send(GET.replace("/ ", "/1 ") + GET.replace("/ ", "/2 "));
  await client.until(({ received }) => received.endsWith("/2"));
});

/** Behind a first request: another one, and one with more chunks than are read at a time. */
const AHEAD = {
  "a request": GET.replace("/ ", "/ahead "),
  "tiny chunks": `POST /ahead HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${"1\r\na\r\n".repeat(100)}0\r\n\r\n`,
};
for (const [what, ahead] of Object.entries(AHEAD)) {
  test(`${what} that a client sends ahead has the turns of its client, and no others`, async (t) => {
    const order: string[] = [];
    const { port } = await startHttp1(t, async (request, response) => {
      // Work of the client's other connections, which waits already.
      for (let count = 0; count < 9 && order.length === 0; count++) {
        spareTime.later(() => void order.push("other"), CLIENT);
      }
      if (request.body !== undefined) await request.body.toArray();
      if (request.url === "/ahead") order.push("ahead");
      respond(response, "ok");
    });
    const first = what === "a request" ? GET : "";
    const client = new RawClient(t, port).send(first + ahead);
    await client.until(({ received }) => received.endsWith("ok") && order.includes("ahead"));
    assert.equal(order.indexOf("ahead"), 9, String(order));
  });
}
