import assert from "node:assert/strict";
import { test } from "node:test";
import { beyond, proxiesIn } from "./debian.ts";

const pem = (body: string, end = "\n") =>
  `-----BEGIN CERTIFICATE-----${end}${body}${end}-----END CERTIFICATE-----${end}`;

test("certificates that are not known are returned once", () => {
  const own = pem("b3du");
  assert.deepEqual(beyond([pem("cHVibGlj"), own, own], [pem("cHVibGlj")]), [own]);
});

test("certificates that differ in line ends are the same", () => {
  assert.deepEqual(beyond([pem("cHVibGlj", "\r\n")], [pem("cHVibGlj")]), []);
});

test("a proxy of apt's with a password is a secret of the builds, another one is not", () => {
  const open = 'Acquire::http::Proxy "http://proxy.test:3128/";\n';
  assert.deepEqual(proxiesIn(`${open}Acquire::https::Proxy "";\n`), { text: open, secret: false });
  const closed = 'Acquire::https::Proxy "http://shop:s3cret@proxy.test:3128";\n';
  assert.deepEqual(proxiesIn(open + closed), { text: open + closed, secret: true });
  assert.deepEqual(proxiesIn(""), { text: "", secret: false });
  assert.equal(proxiesIn('Acquire::http::Proxy "http://proxy.test/a@b";\n').secret, false);
});
