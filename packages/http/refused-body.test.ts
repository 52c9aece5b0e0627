import assert from "node:assert/strict";
import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { test } from "node:test";
import { IncomingBody } from "./body.ts";
import { originForm } from "./index.ts";

const limits = {
  ...{ limitRequestLine: 4094, limitRequestField: 8190 },
  ...{ limitRequestFields: 100, limitRequestBody: 10 },
  ...{ headersTimeout: 10_000, bodyMinRate: 0, bodyRateWindow: 1000 },
};

test("a body above the limit is refused once; of what follows, nothing is read", async () => {
  const request = new IncomingMessage(new Socket());
  const refused: number[] = [];
  const body = new IncomingBody(request, limits, ({ status }) => refused.push(status));
  request.push(Buffer.alloc(10));
  assert.deepEqual(refused, []);
  const error = new Promise((failed) => request.once("error", failed));
  request.push(Buffer.alloc(1));
  request.push(Buffer.alloc(1));
  request.push(null);
  body.refuse({ status: 400, reason: "another one" });
  assert.deepEqual(refused, [413]);
  assert.match(String(await error), /the request was refused: a body that grew above the limit/);
});

test("a target of no known form is left as it is", () => {
  assert.equal(originForm("GET", "*"), "*");
  assert.equal(originForm("GET", "a.example:443"), "a.example:443");
});
