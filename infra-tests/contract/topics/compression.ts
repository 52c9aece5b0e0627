import assert from "node:assert/strict";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { header } from "../../stack/http.ts";
import { call } from "../client.ts";
import { edge, type Topic } from "../row.ts";
import type { Subject } from "../subject.ts";

const STYLE = "/assets/style.0123456789abcdef.css";
const BYTES = 13_200;
const DECODERS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: gunzipSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
};

const ask = ({ http }: Subject, accepted?: string) =>
  call(http, {
    target: STYLE,
    headers: accepted === undefined ? {} : { "accept-encoding": accepted },
  });

/** The coding of a response, after a check that its decoded bytes are complete. */
async function coding(subject: Subject, accepted?: string): Promise<string> {
  const response = await ask(subject, accepted);
  const found = String(response.headers["content-encoding"] ?? "identity");
  const bytes = DECODERS[found]?.(response.body) ?? response.body;
  assert.equal(bytes.length, BYTES, `decoded from ${found}`);
  return found;
}

const row = (id: string, accepted: string | undefined, due: string) =>
  edge(id, "9110 12.5.3", `${accepted ?? "no Accept-Encoding"} gets ${due}`, async (subject) =>
    assert.equal(await coding(subject, accepted), due),
  );

export const compression: Topic = {
  name: "compression",
  rows: [
    row("gzip", "gzip", "gzip"),
    row("br", "br", "br"),
    row("zstd", "zstd", "zstd"),
    row("a browser", "gzip, deflate, br", "br"),
    row("weights", "br;q=0.5, gzip;q=1", "gzip"),
    row("none", undefined, "identity"),
    row("refused", "gzip;q=0, br;q=0, zstd;q=0", "identity"),
    row("any", "*", "br"),
    row("unknown", "compress, x-new", "identity"),
    edge("Vary", "9110 12.5.5", "every variant has Vary", async (subject) => {
      for (const accepted of [undefined, "gzip"]) {
        assert.match(header(await ask(subject, accepted), "vary"), /accept-encoding/i);
      }
    }),
    edge("own ETag", "9110 8.8.3.3", "each coding has its own ETag", async (subject) => {
      const [plain, packed] = [await ask(subject), await ask(subject, "gzip")];
      assert.notEqual(header(plain, "etag"), header(packed, "etag"));
    }),
    edge("type", "9110 8.4", "a coded file has the type of the decoded file", async (subject) => {
      assert.match(
        header(await ask(subject, "gzip"), "content-type"),
        /^text\/css; ?charset=utf-8$/,
      );
    }),
    edge(
      "range",
      "9110 14.2",
      "a range is a range of the coded bytes, or of the plain file",
      async (s) => {
        const headers = { "accept-encoding": "gzip", range: "bytes=0-1" };
        const response = await call(s.http, { target: STYLE, headers });
        assert.equal(response.status, 206);
        const coded = response.headers["content-encoding"] === "gzip";
        assert.equal(response.body.toString("latin1"), coded ? "\x1f\x8b" : ".n");
      },
    ),
  ],
};
