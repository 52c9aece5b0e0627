import assert from "node:assert/strict";
import { call, Wire } from "../client.ts";
import { edge, OtherStatus, slow, type Topic, through } from "../row.ts";
import type { Subject } from "../subject.ts";

const LINE = 4094;
const FIELD = 8190;
const FIELDS = 100;
/** compose.witness.yaml: milliseconds that a head may take. */
const HEADERS_TIMEOUT = 2000;

const lineOf = (length: number) => `/${"a".repeat(length - "GET / HTTP/1.1".length)}`;
/** Of this many bytes, name and value, as gunicorn counts them. */
const fieldOf = (length: number) => ({ X: "a".repeat(length - "X".length) });
/** With Host and Connection, which the client adds. */
const fieldsOf = (count: number) =>
  Object.fromEntries(Array.from({ length: count - 2 }, (_, index) => [`X-${index}`, "1"]));

async function status(subject: Subject, target: string, headers = {}): Promise<number> {
  return (await call(subject.http, { target, headers })).status;
}

async function refused(subject: Subject, due: number, target: string, headers = {}) {
  await subject.witness.clear();
  const found = await status(subject, target, headers);
  assert.deepEqual(await subject.witness.seen(), []);
  assert.ok(found >= 400, `status ${found}`);
  if (found !== due) throw new OtherStatus(`status ${found} instead of ${due}`);
}

export const limits: Topic = {
  name: "limits",
  rows: [
    through("line", "9112 3", `a request line of ${LINE} bytes is served`, async (subject) => {
      assert.equal(await status(subject, lineOf(LINE)), 200);
    }),
    edge("longer line", "9112 3", "a longer request line gets 414", (subject) =>
      refused(subject, 414, lineOf(LINE + 1)),
    ),
    through("field", "9110 5.4", `a field of ${FIELD} bytes is served`, async (subject) => {
      assert.equal(await status(subject, "/", fieldOf(FIELD)), 200);
    }),
    edge("longer field", "6585 5", "a longer field gets 431", (subject) =>
      refused(subject, 431, "/", fieldOf(FIELD + 1)),
    ),
    through("fields", "9110 5.4", `${FIELDS} fields are served`, async (subject) => {
      assert.equal(await status(subject, "/", fieldsOf(FIELDS)), 200);
    }),
    edge("more fields", "6585 5", "more fields get 431", (subject) =>
      refused(subject, 431, "/", fieldsOf(FIELDS + 1)),
    ),
    slow(
      edge("slow head", "9110 15.5.9", "a slow head is cut in time", async (subject) => {
        await subject.witness.clear();
        using wire = await Wire.to(subject.http);
        const start = performance.now();
        wire.write("GET /slow HTTP/1.1\r\nHost: a.example\r\n");
        const trickle = setInterval(() => wire.write("X: 1\r\n"), 200);
        await wire.end(4 * HEADERS_TIMEOUT).finally(() => clearInterval(trickle));
        assert.ok(performance.now() - start > HEADERS_TIMEOUT / 2, "cut too early");
        assert.deepEqual(await subject.witness.seen(), []);
      }),
    ),
    slow(
      edge("slow head's response", "9110 15.5.9", "a slow head gets 408", async (subject) => {
        using wire = await Wire.to(subject.http);
        wire.write("GET /slow HTTP/1.1\r\nHost: a.example\r\n");
        const received = await wire.end(4 * HEADERS_TIMEOUT);
        if (!received.startsWith("HTTP/1.1 408 "))
          throw new OtherStatus(`the client received "${received}"`);
      }),
    ),
  ],
};
