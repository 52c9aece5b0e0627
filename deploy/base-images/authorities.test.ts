import assert from "node:assert/strict";
import { test } from "node:test";
import { beyond } from "./authorities.ts";

const pem = (body: string, end = "\n") =>
  `-----BEGIN CERTIFICATE-----${end}${body}${end}-----END CERTIFICATE-----${end}`;

test("only certificates that are not known already are taken, each once", () => {
  const own = pem("b3du");
  assert.deepEqual(beyond([pem("cHVibGlj"), own, own], [pem("cHVibGlj")]), [own]);
});

test("line ends do not make two certificates of one", () => {
  assert.deepEqual(beyond([pem("cHVibGlj", "\r\n")], [pem("cHVibGlj")]), []);
});
