import assert from "node:assert/strict";
import { type Answer, header } from "../../stack/http.ts";
import { call } from "../call.ts";
import { edge, type Topic, through } from "../row.ts";
import type { Subject } from "../subject.ts";

const MISSING = "/assets/nothing.css";

const missing = ({ http }: Subject, accept?: string): Promise<Answer> =>
  call(http, { target: MISSING, headers: accept === undefined ? {} : { accept } });

export const errors: Topic = {
  name: "errors",
  rows: [
    through(
      "page",
      "",
      "an error of the edge is a page that needs nothing else",
      async (subject) => {
        const answer = await missing(subject, "text/html,*/*;q=0.8");
        assert.match(header(answer, "content-type"), /^text\/html; ?charset=utf-8$/);
        assert.match(answer.text, /^<!doctype html>/i);
        assert.doesNotMatch(answer.text, /(src|href)=/);
      },
    ),
    through("its id", "", "it shows the request id of its header", async (subject) => {
      const answer = await missing(subject);
      assert.ok(answer.text.includes(header(answer, "x-request-id")));
    }),
    through(
      "JSON",
      "9110 12.5.1",
      "who accepts JSON gets JSON, with status and id",
      async (subject) => {
        const answer = await missing(subject, "application/json");
        assert.match(header(answer, "content-type"), /^application\/json/);
        const told = JSON.parse(answer.text);
        assert.equal(told.status, 404);
        assert.equal(told.request_id, header(answer, "x-request-id"));
      },
    ),
    through("no-store", "9111 5.2.2.5", "nobody keeps it", async (subject) => {
      assert.equal(header(await missing(subject), "cache-control"), "no-store");
    }),
    through("HEAD", "9110 9.3.2", "for HEAD it has no body", async ({ http }) => {
      const answer = await call(http, { target: MISSING, method: "HEAD" });
      assert.deepEqual([answer.status, answer.body.length], [404, 0]);
    }),
    through("length", "9112 6.2", "it has a length", async (subject) => {
      const answer = await missing(subject);
      assert.equal(header(answer, "content-length"), String(answer.body.length));
    }),
    through("silent", "", "nothing tells the server's version", async (subject) => {
      const { text, headers } = await missing(subject);
      assert.doesNotMatch(`${headers.server} ${text}`, /(nginx|node|gatehouse)\/\d/i);
    }),
    edge(
      "application's own",
      "",
      "an error of the application stays as it is",
      async ({ http }) => {
        const answer = await call(http, { target: "/status?code=500" });
        assert.deepEqual([answer.status, answer.text], [500, ""]);
      },
    ),
  ],
};
