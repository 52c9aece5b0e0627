import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, type ClientRequest, type IncomingMessage } from "node:http";
import { SOCKET_BUFFERS } from "@gatehouse/telemetry/testing";
import type { Behaviour } from "./behaviour.ts";
import { ask, json, open, responseTo, until } from "./client.ts";

interface Waiting {
  readonly waiting: number;
  readonly left: number;
}

const UPLOAD = 20 * 1024 * 1024;
const HELD_UPLOAD = SOCKET_BUFFERS + UPLOAD;
const CHUNK = Buffer.alloc(64 * 1024, "u");
/** How long nothing may move before an upload counts as held back. */
const STILL = 500;

export const streams: readonly Behaviour[] = [
  {
    name: "a response arrives piece by piece, as it is made",
    async check({ url }) {
      const response = await begun(`${url}/stream`);
      const arrived: number[] = [];
      let text = "";
      for await (const chunk of response) {
        arrived.push(performance.now());
        text += chunk;
      }
      assert.equal(text, "piece 1\npiece 2\npiece 3\npiece 4\npiece 5\n");
      assert.ok(arrived.length >= 5, `it came in ${arrived.length} pieces`);
      assert.ok((arrived.at(-1) ?? 0) - (arrived[0] ?? 0) > 100, "its first piece was held back");
    },
  },
  {
    name: "server-sent events flow until the client leaves",
    async check({ url }) {
      const response = await begun(`${url}/events`);
      assert.match(String(response.headers["content-type"]), /^text\/event-stream/);
      let events = 0;
      for await (const chunk of response) {
        events += String(chunk).match(/^data: /gm)?.length ?? 0;
        if (events >= 3) break;
      }
      assert.equal((await ask(`${url}/json`)).status, 200);
    },
  },
  {
    name: "a client that leaves is an abort within a second",
    async check({ url }) {
      const look = () => json<Waiting>(`${url}/left`);
      const before = await look();
      const opened = open(`${url}/wait`, { agent: new Agent() }).on("error", () => undefined);
      opened.end();
      await until(look, ({ waiting }) => waiting === before.waiting + 1);
      opened.destroy();
      await until(look, ({ left }) => left === before.left + 1, 1000);
    },
  },
  {
    name: "an upload of 20 MB is counted",
    async check({ url }) {
      const body = Buffer.alloc(UPLOAD, "u");
      const response = await ask(`${url}/upload`, { method: "POST", headers: OCTETS, body });
      assert.deepEqual(JSON.parse(String(response.body)), { bytes: UPLOAD });
    },
  },
  {
    name: "an upload waits for a reader that is slow",
    async check({ url }) {
      const headers = { ...OCTETS, "Content-Length": HELD_UPLOAD };
      const opened = open(`${url}/hold`, { method: "POST", headers });
      const response = responseTo(opened);
      const upload = new Upload(opened, HELD_UPLOAD);
      const poured = upload.pour();
      const taken = await upload.still();
      assert.ok(taken < HELD_UPLOAD, `all ${taken} bytes were accepted without a reader`);
      await ask(`${url}/release`, { method: "POST" });
      await poured;
      assert.deepEqual(JSON.parse(String((await response).body)), { bytes: HELD_UPLOAD });
    },
  },
  {
    name: "after a body that was not read, the connection serves the next request",
    async check({ url }) {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const body = Buffer.alloc(300_000, "u");
      const unread = await ask(`${url}/unread`, { method: "POST", headers: OCTETS, body, agent });
      assert.equal(String(unread.body), "not read");
      const next = await ask(`${url}/json`, { agent });
      assert.deepEqual([next.status, next.reused], [200, true]);
      agent.destroy();
    },
  },
];

const OCTETS = { "Content-Type": "application/octet-stream" };

async function begun(url: string): Promise<IncomingMessage> {
  const opened = open(url, {});
  const [response] = await once(opened.end(), "response");
  return response;
}

/** A long body on its way, one chunk after the other. */
class Upload {
  readonly #request: ClientRequest;
  readonly #still = Promise.withResolvers<number>();
  readonly #bytes: number;
  #taken = 0;

  constructor(request: ClientRequest, bytes: number) {
    this.#request = request;
    this.#bytes = bytes;
  }

  async pour(): Promise<void> {
    while (this.#taken < this.#bytes) {
      const stuck = setTimeout(() => this.#still.resolve(this.#taken), STILL);
      await new Promise<unknown>((taken) => this.#request.write(CHUNK, taken));
      clearTimeout(stuck);
      this.#taken += CHUNK.length;
    }
    this.#still.resolve(this.#taken);
    this.#request.end();
  }

  /** How much had been taken when nothing more was. */
  still(): Promise<number> {
    return this.#still.promise;
  }
}
