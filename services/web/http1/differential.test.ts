import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Duplex } from "node:stream";
import { test } from "node:test";
import { forbiddenTrailer } from "@gatehouse/http";
import { CORPUS, mutated, pieces, seededRandom } from "@gatehouse/http/corpus";
import { type Http1Head, MalformedRequest } from "./request-head.ts";
import { RequestParser } from "./request-parser.ts";

/** A whole request, as a parser has read it. */
interface Reading {
  readonly line: string;
  readonly fields: readonly string[];
  readonly body: string;
  readonly trailers: readonly string[];
}

const LIMITS = {
  ...{ limitRequestLine: 4094, limitRequestField: 8190 },
  ...{ limitRequestFields: 100, limitRequestBody: 0 },
};
const LONGEST_HEAD = 36_854;

/** The requests that the edge's parser accepts, up to the first that it refuses. */
function readByEdge(cut: readonly string[]): Reading[] {
  const accepted: Reading[] = [];
  let head: Http1Head | undefined;
  let body = "";
  let last = false;
  const parser = new RequestParser(
    {
      head: (next) => {
        head = next;
        body = "";
        if (next.refusal !== undefined) parser.stop();
      },
      data: (piece) => {
        body += piece.toString("latin1");
      },
      end: (trailers) => {
        if (head === undefined || forbiddenTrailer(trailers)) return parser.stop();
        const line = `${head.method} ${head.target} ${head.version}`;
        accepted.push({ line, fields: head.rawHeaders, body, trailers });
        last = !head.keepAlive;
        if (last) parser.stop();
      },
    },
    LIMITS,
    LONGEST_HEAD,
  );
  try {
    for (const piece of cut) {
      let before = accepted.length;
      parser.feed(Buffer.from(piece, "latin1"));
      while (parser.mustWait) parser.resume();
      while (accepted.length > before && !last) {
        before = accepted.length;
        parser.next();
      }
    }
  } catch (error) {
    assert.ok(error instanceof MalformedRequest, String(error));
  }
  return accepted;
}

/** The requests that Node's strict parser reads whole. */
async function readByNode(text: string): Promise<Reading[]> {
  const read: { request: IncomingMessage; body: string }[] = [];
  const options = { httpValidation: "strict", requireHostHeader: false } as const;
  const server = createServer({ ...options, maxHeaderSize: LONGEST_HEAD });
  server.maxHeadersCount = 0;
  const take = (request: IncomingMessage, response: ServerResponse) => {
    const reading = { request, body: "" };
    read.push(reading);
    request.setEncoding("latin1").on("data", (piece: string) => {
      reading.body += piece;
    });
    request.on("end", () => response.end());
  };
  for (const event of ["request", "checkContinue", "checkExpectation"]) server.on(event, take);
  // The requests before the malformed one have been read by then.
  server.on("clientError", (_, socket) => setImmediate(() => setImmediate(() => socket.destroy())));
  const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  server.emit("connection", socket);
  socket.push(Buffer.from(text, "latin1"));
  socket.push(null);
  await once(
    socket.on("error", () => undefined),
    "close",
  );
  return read
    .filter(({ request }) => request.complete)
    .map(({ request, body }) => ({
      line: `${request.method} ${request.url} ${request.httpVersion}`,
      fields: request.rawHeaders,
      body,
      trailers: request.rawTrailers,
    }));
}

async function compare(text: string, cuts: readonly (readonly string[])[]): Promise<number> {
  const whole = readByEdge([text]);
  for (const cut of cuts) {
    assert.deepEqual(readByEdge(cut), whole, `cut into ${JSON.stringify(cut)}`);
  }
  if (whole.length === 0) return 0;
  const judged = await readByNode(text);
  const message = `the edge read more than Node, or other things, in ${JSON.stringify(text)}`;
  assert.deepEqual(whole, judged.slice(0, whole.length), message);
  return whole.length;
}

const CASES = Object.values(CORPUS).flat();
const GOOD = CORPUS["what the RFCs allow"];

test("whatever the edge accepts of the corpora, Node's strict parser reads the same way", async () => {
  let accepted = 0;
  for (const { bytes } of CASES) {
    const short = bytes.length <= 500 ? bytes : "";
    const everySplit = [...short].map((_, at) => [bytes.slice(0, at), bytes.slice(at)]);
    const cuts = short === "" ? [] : [...everySplit, [...short]];
    accepted += await compare(bytes, cuts);
  }
  assert.ok(accepted > 80, `only ${accepted} requests were accepted: the test compares nothing`);
});

test("whatever the edge accepts of mutated requests, Node's strict parser reads the same way", async () => {
  const seed = Number(process.env.SEED ?? 1);
  const random = seededRandom(seed);
  let accepted = 0;
  const runs = Number(process.env.RUNS ?? 3000);
  for (let count = 0; count < runs; count++) {
    const from = random() < 0.7 ? GOOD : CASES;
    const { bytes } = from[Math.floor(random() * from.length)] ?? { bytes: "" };
    if (bytes.length > 2000) continue;
    const text = mutated(bytes, random);
    accepted += await compare(text, [pieces(text, random)]);
  }
  assert.ok(accepted > 1000, `only ${accepted} requests were accepted: the test compares nothing`);
});
