import assert from "node:assert/strict";
import { test } from "node:test";
import { beyond } from "./debian.ts";

const pem = (body: string, end = "\n") =>
  `-----BEGIN CERTIFICATE-----${end}${body}${end}-----END CERTIFICATE-----${end}`;

test("certificates that are not known are returned once", () => {
  const own = pem("b3du");
  assert.deepEqual(beyond([pem("cHVibGlj"), own, own], [pem("cHVibGlj")]), [own]);
});

test("certificates that differ in line ends are the same", () => {
  assert.deepEqual(beyond([pem("cHVibGlj", "\r\n")], [pem("cHVibGlj")]), []);
});
