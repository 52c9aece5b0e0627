import assert from "node:assert/strict";
import { once } from "node:events";
import { io } from "socket.io-client";
import { call, type HttpResponse, header, tiers } from "../stack/http.ts";
import type { Feature } from "./sites.ts";

/** The path of each feature that is one request. */
const PATHS: Readonly<Record<Feature, string>> = {
  page: "/",
  json: "/json",
  post: "/greet",
  upload: "/upload",
  redirect: "/old",
  cookie: "/visits",
  missing: "/missing",
  error: "/throws",
  stream: "/stream",
  websocket: "/socket",
  "socket.io": "/",
};

/** 5 MB, none like the next: what is lost, doubled or swapped shows in the count. */
const UPLOAD = Buffer.alloc(5_000_000, "gatehouse");

/** A feature as a sentence, and its check. @throws AssertionError */
export const STORY: Readonly<
  Record<Feature, { readonly says: string; readonly check: (url: string) => Promise<void> }>
> = {
  page: {
    says: "sends its page",
    check: async (url) => {
      const response = through(await call(url));
      assert.equal(response.status, 200);
      assert.match(header(response, "content-type"), /^text\/html/);
      assert.match(response.text, /<h1>Hello world, from /);
    },
  },
  json: {
    says: "sends JSON",
    check: async (url) => {
      const response = through(await call(url));
      assert.match(header(response, "content-type"), /^application\/json/);
      assert.match(JSON.stringify(JSON.parse(response.text)), /"hello":"world"/);
    },
  },
  post: {
    says: "reads the body of a POST",
    check: async (url) => {
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ name: "Zoë" });
      const response = through(await call(url, { method: "POST", headers, body }));
      assert.match(response.text, /"hello":"Zoë"/);
    },
  },
  upload: {
    says: "counts an upload of 5 MB",
    check: async (url) => {
      const headers = { "content-type": "application/octet-stream" };
      const response = through(await call(url, { method: "POST", headers, body: UPLOAD }));
      assert.deepEqual(JSON.parse(response.text), { bytes: UPLOAD.length });
    },
  },
  redirect: {
    says: "redirects on the same site",
    check: async (url) => {
      const response = through(await call(url));
      assert.ok([302, 303, 307, 308].includes(response.status), String(response.status));
      assert.equal(new URL(header(response, "location"), url).href, new URL("/", url).href);
    },
  },
  cookie: {
    says: "sets a cookie and gets it back",
    check: async (url) => {
      const first = through(await call(url));
      assert.match(first.text, /"visits":1\b/);
      const [cookie = ""] = first.headers["set-cookie"] ?? [];
      const headers = { cookie: cookie.split(";")[0] ?? "" };
      assert.match(through(await call(url, { headers })).text, /"visits":2\b/);
    },
  },
  missing: {
    says: "says itself that a page is missing",
    check: async (url) => assert.equal(through(await call(url)).status, 404),
  },
  error: {
    says: "says itself that a page has failed, and goes on",
    check: async (url) => {
      assert.equal(through(await call(url)).status, 500);
      assert.equal(through(await call(new URL("/", url).href)).status, 200);
    },
  },
  stream: {
    says: "sends a response as it is made",
    check: async (url) => {
      // Compressed, the pieces would be gathered by the framework.
      const response = await fetch(url, { headers: { "accept-encoding": "identity" } });
      const received: string[] = [];
      assert.ok(response.body);
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
        received.push(chunk);
      }
      assert.deepEqual(received.join("").match(/piece \d/g)?.length, 5);
      const first = received.find((chunk) => chunk.includes("piece")) ?? "";
      assert.doesNotMatch(first, /piece 5/, "the first piece came with the last one");
    },
  },
  websocket: {
    says: "speaks WebSocket",
    check: async (url) => {
      const socket = new WebSocket(url.replace("http", "ws"));
      await once(socket, "open");
      for (const word of ["one", "two"]) {
        socket.send(word);
        const [message] = await once(socket, "message");
        assert.equal(message.data, word);
      }
      socket.close();
      await once(socket, "close");
    },
  },
  "socket.io": {
    says: "keeps ten sessions of Socket.IO, which begin by polling, with their workers",
    check: async (url) => {
      await Promise.all(Array.from({ length: 10 }, (_, session) => oneSession(url, session)));
    },
  },
};

async function oneSession(url: string, session: number): Promise<void> {
  const client = io(url, { reconnection: false, forceNew: true });
  try {
    await new Promise<void>((connected, failed) => {
      client.once("connect", connected).once("connect_error", failed);
    });
    assert.equal(await client.timeout(10_000).emitWithAck("echo", session), session);
    const { engine } = client.io;
    if (engine.transport.name !== "websocket") {
      await new Promise((upgraded) => engine.once("upgrade", upgraded));
    }
    assert.equal(await client.timeout(10_000).emitWithAck("echo", "upgraded"), "upgraded");
  } finally {
    client.close();
  }
}

/** A response that came from the application, by way of every tier. */
function through(response: HttpResponse): HttpResponse {
  assert.deepEqual(tiers(response), ["web", "queue", "gateway", "app"], response.text);
  return response;
}

/** The address of a feature. */
export function addressOf(feature: Feature, origin: string): string {
  return origin + PATHS[feature];
}
