import assert from "node:assert/strict";
import { test } from "node:test";
import { exportRequest } from "./otlp-json.ts";
import { CLIENT, type EndedSpan, INTERNAL, SERVER } from "./span.ts";

const PROCESS = { host: "host-a", pid: 4711 };
/** 13 December 2018, 14:51:00 UTC, as in the example of opentelemetry-proto (examples/trace.json). */
const EPOCH = 1544712660000;

const span = (changes: Partial<EndedSpan>): EndedSpan => ({
  service: "web",
  traceId: "5b8efff798038103d269b633813fc60c",
  id: "eee19b7ec3c1b174",
  parentId: "eee19b7ec3c1b173",
  name: "I'm a server span",
  kind: SERVER,
  start: 0,
  end: 1000,
  attributes: {},
  failed: false,
  ...changes,
});

/** As a collector reads it. */
const sent = (...spans: EndedSpan[]) =>
  JSON.parse(JSON.stringify(exportRequest(spans, PROCESS, EPOCH)));
const first = (changes: Partial<EndedSpan>) =>
  sent(span(changes)).resourceSpans[0].scopeSpans[0].spans[0];

test("a span is what the example of the specification says, name by name", () => {
  assert.deepEqual(sent(span({ attributes: { "my.span.attr": "some value" } })), {
    resourceSpans: [
      {
        resource: {
          attributes: [
            { key: "service.name", value: { stringValue: "web" } },
            { key: "service.instance.id", value: { stringValue: "host-a:4711" } },
            { key: "host.name", value: { stringValue: "host-a" } },
            { key: "process.pid", value: { intValue: "4711" } },
          ],
        },
        scopeSpans: [
          {
            scope: { name: "gatehouse" },
            spans: [
              {
                traceId: "5b8efff798038103d269b633813fc60c",
                spanId: "eee19b7ec3c1b174",
                parentSpanId: "eee19b7ec3c1b173",
                flags: 1,
                name: "I'm a server span",
                kind: 2,
                startTimeUnixNano: "1544712660000000000",
                endTimeUnixNano: "1544712661000000000",
                attributes: [{ key: "my.span.attr", value: { stringValue: "some value" } }],
              },
            ],
          },
        ],
      },
    ],
  });
});

test("kinds are the enum's numbers, and so is the status of a failure; otherwise it is unset", () => {
  const kinds = ([INTERNAL, SERVER, CLIENT] as const).map((kind) => first({ kind }).kind);
  // SPAN_KIND_INTERNAL, SPAN_KIND_SERVER, SPAN_KIND_CLIENT; STATUS_CODE_ERROR.
  assert.deepEqual(kinds, [1, 2, 3]);
  assert.deepEqual(first({ failed: true }).status, { code: 2 });
  assert.equal("status" in first({ failed: false }), false);
});

test("whole numbers are strings of digits, fractions are numbers, and what is undefined is not sent", () => {
  const attributes = { whole: 200, part: 0.5, yes: true, none: undefined };
  assert.deepEqual(first({ attributes }).attributes, [
    { key: "whole", value: { intValue: "200" } },
    { key: "part", value: { doubleValue: 0.5 } },
    { key: "yes", value: { boolValue: true } },
  ]);
});

test("the first span of a trace has no parent", () => {
  assert.equal("parentSpanId" in first({ parentId: "" }), false);
});

test("times are nanoseconds in 19 digits, also where a fraction begins with zeros, and no span ends before it begins", () => {
  const { startTimeUnixNano, endTimeUnixNano } = first({ start: 0.0078125, end: 0.25 });
  assert.deepEqual(
    [startTimeUnixNano, endTimeUnixNano],
    ["1544712660000007812", "1544712660000250000"],
  );
  const backwards = first({ start: 5, end: 4 });
  assert.equal(backwards.endTimeUnixNano, backwards.startTimeUnixNano);
});

test("the spans of two services are under a resource each", () => {
  const spans = [span({}), span({ service: "app" }), span({ id: "eee19b7ec3c1b175" })];
  const services = sent(...spans).resourceSpans.map(
    (each: {
      resource: { attributes: { value: object }[] };
      scopeSpans: { spans: object[] }[];
    }) => [each.resource.attributes[0]?.value, each.scopeSpans[0]?.spans.length],
  );
  assert.deepEqual(services, [
    [{ stringValue: "web" }, 2],
    [{ stringValue: "app" }, 1],
  ]);
});
