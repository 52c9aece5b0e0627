import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { RawClient, startHttp1 } from "../testing/http1.ts";
import type { Http1Response } from "./response.ts";

/** What a client receives of a response, with the date taken out. */
async function received(
  t: TestContext,
  line: string,
  send: (response: Http1Response) => void,
): Promise<string> {
  const { port } = await startHttp1(t, (_, response) => send(response));
  const client = new RawClient(t, port);
  client.send(`${line}\r\nHost: a.example\r\nConnection: close\r\n\r\n`);
  await client.ended();
  return client.received.replace(/^Date: .*\r\n/m, "");
}

test("a body without a length is chunked, and ends with its trailers", async (t) => {
  const text = await received(t, "GET / HTTP/1.1", (response) => {
    response.writeHead(200, ["X-A", "1"]);
    response.write(Buffer.from("hello"));
    response.end(Buffer.from(" world"), ["X-Sum", "2"]);
  });
  const head =
    "HTTP/1.1 200 OK\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
  assert.equal(text, `${head}5\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 2\r\n\r\n`);
});

test("for HTTP/1.0 a body without a length ends with the connection", async (t) => {
  const text = await received(t, "GET / HTTP/1.0", (response) => {
    response.writeHead(200, []);
    response.end(Buffer.from("hello"), []);
  });
  assert.equal(text, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello");
});

test("HEAD, 204 and 304 have no body, whatever is written", async (t) => {
  const text = await received(t, "HEAD / HTTP/1.1", (response) => {
    response.writeHead(200, ["Content-Length", "5"]);
    response.end(Buffer.from("hello"), []);
  });
  assert.equal(text, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n");
  for (const status of [204, 304]) {
    const bodiless = await received(t, "GET / HTTP/1.1", (response) => {
      response.writeHead(status, []);
      response.end(Buffer.from("hello"), []);
    });
    assert.match(
      bodiless,
      new RegExp(`^HTTP/1.1 ${status} [A-Za-z ]+\r\nConnection: close\r\n\r\n$`),
    );
  }
});

for (const [what, body] of [
  ["shorter", "hell"],
  ["longer", "hello!"],
] as const) {
  test(`a body that is ${what} than its length breaks the connection`, async (t) => {
    const { port } = await startHttp1(t, (_, response) => {
      response.writeHead(200, ["Content-Length", "5"]);
      response.write(Buffer.from(body.slice(0, 2)));
      response.end(Buffer.from(body.slice(2)), []);
    });
    const client = new RawClient(t, port).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2));
    await client.ended();
    assert.ok(!client.received.includes(body), client.received);
    assert.ok(client.statuses.length <= 1, client.received);
  });
}

test("a large body is written whole, and the connection kept", async (t) => {
  const body = Buffer.alloc(3e6, "x");
  const { port } = await startHttp1(t, (_, response) => {
    response.writeHead(200, ["Content-Length", String(body.length)]);
    response.end(body, []);
  });
  const client = new RawClient(t, port).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2));
  await client.until(({ received }) => received.length > 6e6);
  assert.deepEqual(client.statuses, [200, 200]);
});

test("an interim response goes ahead of the final one, but not to HTTP/1.0", async (t) => {
  const hint = (response: Http1Response) => {
    response.interim(103, ["Link", "</a.css>; rel=preload"]);
    response.writeHead(200, ["Content-Length", "0"]);
    response.end(undefined, []);
  };
  const early = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n";
  const last = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  assert.equal(await received(t, "GET / HTTP/1.1", hint), early + last);
  assert.equal(await received(t, "GET / HTTP/1.0", hint), last);
});

test("a field with a line break never leaves, nor does its response", async (t) => {
  const { port, failures } = await startHttp1(t, (_, response) => {
    response.writeHead(200, ["X-A", "1\r\nX-Evil: 1"]);
  });
  const client = new RawClient(t, port).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.ended();
  assert.equal(client.received, "");
  assert.match(String(failures), /forbidden character: "X-A"/);
});
