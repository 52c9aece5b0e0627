import assert from "node:assert/strict";
import { once } from "node:events";
import { type ClientHttp2Session, connect, constants, type OutgoingHttpHeaders } from "node:http2";
import { buffer } from "node:stream/consumers";
import { authority } from "../../stack/clone.ts";
import { edge, type Topic, through } from "../row.ts";
import type { Subject } from "../subject.ts";

const STREAMS = 100;
const FLOOD = 2_000;

class Session implements Disposable {
  readonly session: ClientHttp2Session;

  constructor(origin: string) {
    this.session = connect(origin, { ca: authority() }).on("error", () => {});
  }

  /** Status and body of one stream. @throws its error, if it is reset */
  async ask(headers: OutgoingHttpHeaders, body?: string) {
    const options = { endStream: body === undefined };
    const stream = this.session.request({ ":path": "/", ...headers }, options);
    stream.setTimeout(10_000, () => stream.destroy(new Error("no response in 10 s")));
    if (body !== undefined) stream.end(body);
    const [response] = await once(stream, "response");
    return {
      status: response[":status"] as number,
      headers: response,
      text: String(await buffer(stream)),
    };
  }

  [Symbol.dispose](): void {
    this.session.destroy();
  }
}

/** A stream that must be rejected, and must not reach the application. */
async function refused(subject: Subject, headers: OutgoingHttpHeaders, body?: string) {
  if (subject.kind === "edge") await subject.witness.clear();
  using client = new Session(subject.https);
  const status = await client.ask({ ":path": "/refused", ...headers }, body).then(
    (response) => response.status,
    () => 400,
  );
  assert.ok(status >= 400, `status ${status}`);
  if (subject.kind !== "edge") return;
  assert.deepEqual(
    (await subject.witness.seen()).filter(({ whole }) => whole),
    [],
  );
}

export const http2: Topic = {
  name: "http2",
  rows: [
    through(
      "served",
      "9113 8",
      "a request over HTTP/2 reaches the application",
      async ({ https }) => {
        using client = new Session(https);
        const { status, text } = await client.ask({ ":path": "/over/h2?x=1", "x-sent": "yes" });
        assert.equal(status, 200);
        const { target, rawHeaders } = JSON.parse(text);
        assert.equal(target, "/over/h2?x=1");
        const hosts = rawHeaders.filter((_: string, at: number) =>
          /^host$/i.test(rawHeaders[at - 1]),
        );
        assert.deepEqual(hosts, [new URL(https).host]);
        assert.ok(!rawHeaders.some((name: string) => name.startsWith(":")));
      },
    ),
    through("body", "9113 8.1", "a body over HTTP/2 arrives", async ({ https }) => {
      using client = new Session(https);
      const { text } = await client.ask({ ":method": "POST" }, "hello".repeat(10_000));
      assert.equal(text, "hello".repeat(10_000));
    }),
    through(
      "cookies",
      "9113 8.2.3",
      "a split cookie is forwarded as one field",
      async ({ https }) => {
        using client = new Session(https);
        const { text } = await client.ask({ cookie: ["a=1", "b=2"] });
        const { rawHeaders } = JSON.parse(text);
        const at = rawHeaders.findIndex((name: string) => /^cookie$/i.test(name));
        assert.equal(rawHeaders[at + 1], "a=1; b=2");
      },
    ),
    through(
      "streams",
      "9113 5",
      `${STREAMS} streams at once each get their own response`,
      async (s) => {
        using client = new Session(s.https);
        const paths = Array.from({ length: STREAMS }, (_, index) => `/stream/${index}`);
        const responses = await Promise.all(paths.map((path) => client.ask({ ":path": path })));
        assert.deepEqual(
          responses.map(({ text }) => JSON.parse(text).target),
          paths,
        );
      },
    ),
    through("TE", "9113 8.2.2", "TE with another value than trailers is rejected", (subject) =>
      refused(subject, { te: "gzip" }),
    ),
    through(
      "length",
      "9113 8.1.1",
      "a body of another length than Content-Length is rejected",
      (subject) => refused(subject, { ":method": "POST", "content-length": "3" }, "hello"),
    ),
    through("authority", "9113 8.3.1", "a malformed :authority is rejected", (subject) =>
      refused(subject, { ":authority": "user@a.example" }),
    ),
    through(
      "authority and Host",
      "9113 8.3.1",
      "a Host other than :authority is rejected",
      (subject) => refused(subject, { ":authority": "a.example", host: "b.example" }),
    ),
    through("path", "9113 8.3.1", "an invalid :path is rejected", (subject) =>
      refused(subject, { ":path": "x y" }),
    ),
    through("CR LF", "9113 8.2.1", "a field cannot add another line", async (subject) => {
      // Node's client checks field values, but not the path.
      await refused(subject, { ":path": "/x HTTP/1.1\r\nX-Smuggled: 1\r\nX:" });
    }),
    edge("fields", "6585 5", "more fields than the limit are rejected", (subject) =>
      refused(
        subject,
        Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`x-${index}`, "1"])),
      ),
    ),
    edge(
      "rapid reset",
      "CVE-2023-44487",
      "a flood of reset streams does not block other clients",
      async (s) => {
        using flood = new Session(s.https);
        await flood.ask({});
        for (let count = 0; count < FLOOD && !flood.session.closed; count += 1) {
          flood.session
            .request({ ":path": "/hang" })
            .on("error", () => {})
            .close(constants.NGHTTP2_CANCEL);
          if (count % 100 === 0) await new Promise(setImmediate);
        }
        using other = new Session(s.https);
        assert.equal((await other.ask({})).status, 200);
      },
    ),
  ],
};
