import assert from "node:assert/strict";
import { test } from "node:test";
import { unreachablePool } from "../testing/database.ts";
import { createTestSite } from "../testing/site.ts";
import { recordingTracer } from "../testing/tracer.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const GATEWAY = "b7ad6b7169203331";
const headers = { traceparent: `00-${TRACE}-${GATEWAY}-01`, "x-request-id": "0198-five" };

test("a request is one span below the gateway's, named by the template of its path", async () => {
  const { spans, tracer } = recordingTracer();
  const { site, lines } = createTestSite(await unreachablePool(), {}, tracer);
  await site.request("/about?key=secret", { headers });
  const [span] = spans;
  assert.equal(spans.length, 1);
  assert.equal(span?.parentId, GATEWAY);
  assert.deepEqual([span?.name, span?.kind, span?.failed], ["GET /about", 2, false]);
  assert.deepEqual(span?.attributes, {
    "http.request.method": "GET",
    "http.route": "/about",
    "url.path": "/about",
    "http.response.status_code": 200,
    "error.type": undefined,
    "gatehouse.request_id": "0198-five",
  });
  // The line names this span, so that both are found by either.
  assert.equal(lines[0]?.traceparent, `00-${TRACE}-${span?.id}-01`);
  assert.equal(lines[0]?.trace_id, TRACE);
});

test("a path with an id has the route's template in its name, and one that no route has is the method", async () => {
  const { spans, tracer } = recordingTracer();
  const { site } = createTestSite(await unreachablePool(), {}, tracer);
  await site.request("/notices/4711", { headers });
  await site.request("/no/such/page", { headers });
  const names = spans.filter(({ kind }) => kind === 2).map(({ name }) => name);
  assert.deepEqual(names, ["GET /notices/:id", "GET"]);
});

test("a use of the database is a span below the request's, which fails with it", async () => {
  const { spans, tracer } = recordingTracer();
  const { site } = createTestSite(await unreachablePool(), {}, tracer);
  const { status } = await site.request("/", { headers });
  const request = spans.at(-1);
  const [query] = spans;
  assert.equal(status, 503);
  assert.deepEqual([query?.name, query?.kind, query?.failed], ["postgresql", 3, true]);
  assert.equal(query?.parentId, request?.id);
  assert.equal(query?.attributes["error.type"], "DatabaseUnavailable");
  assert.equal(request?.failed, true);
  assert.equal(request?.attributes["error.type"], "DatabaseUnavailable");
});

test("a trace that is not recorded has no span, and the line has the ids that were received", async () => {
  const { spans, tracer } = recordingTracer();
  const { site, lines } = createTestSite(await unreachablePool(), {}, tracer);
  const traceparent = headers.traceparent.replace(/01$/, "00");
  await site.request("/about", { headers: { traceparent } });
  assert.deepEqual(spans, []);
  assert.equal(lines[0]?.traceparent, traceparent);
});
