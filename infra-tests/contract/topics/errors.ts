import assert from "node:assert/strict";
import { type HttpResponse, header } from "../../stack/http.ts";
import { call } from "../client.ts";
import { edge, type Topic, through } from "../row.ts";
import type { Subject } from "../subject.ts";

const MISSING = "/assets/nothing.css";

const missing = ({ http }: Subject, accept?: string): Promise<HttpResponse> =>
  call(http, { target: MISSING, headers: accept === undefined ? {} : { accept } });

export const errors: Topic = {
  name: "errors",
  rows: [
    through("page", "", "an error page of the edge needs no other file", async (subject) => {
      const response = await missing(subject, "text/html,*/*;q=0.8");
      assert.match(header(response, "content-type"), /^text\/html; ?charset=utf-8$/);
      assert.match(response.text, /^<!doctype html>/i);
      assert.doesNotMatch(response.text, /(src|href)=/);
    }),
    through("request id", "", "an error page shows the request id", async (subject) => {
      const response = await missing(subject);
      assert.ok(response.text.includes(header(response, "x-request-id")));
    }),
    through(
      "JSON",
      "9110 12.5.1",
      "a client that accepts JSON gets JSON with status and request id",
      async (subject) => {
        const response = await missing(subject, "application/json");
        assert.match(header(response, "content-type"), /^application\/json/);
        const error = JSON.parse(response.text);
        assert.equal(error.status, 404);
        assert.equal(error.request_id, header(response, "x-request-id"));
      },
    ),
    through("no-store", "9111 5.2.2.5", "an error page is not cached", async (subject) => {
      assert.equal(header(await missing(subject), "cache-control"), "no-store");
    }),
    through("HEAD", "9110 9.3.2", "an error response to HEAD has no body", async ({ http }) => {
      const response = await call(http, { target: MISSING, method: "HEAD" });
      assert.deepEqual([response.status, response.body.length], [404, 0]);
    }),
    through("length", "9112 6.2", "an error page has a Content-Length", async (subject) => {
      const response = await missing(subject);
      assert.equal(header(response, "content-length"), String(response.body.length));
    }),
    through(
      "silent",
      "",
      "an error page does not contain the server's version",
      async (subject) => {
        const { text, headers } = await missing(subject);
        assert.doesNotMatch(`${headers.server} ${text}`, /(nginx|node|gatehouse)\/\d/i);
      },
    ),
    edge(
      "of the application",
      "",
      "an error response of the application is forwarded unchanged",
      async ({ http }) => {
        const response = await call(http, { target: "/status?code=500" });
        assert.deepEqual([response.status, response.text], [500, ""]);
      },
    ),
  ],
};
