import assert from "node:assert/strict";
import { test } from "node:test";
import { failureOf } from "./failure.ts";

const failed = (output: string) => ({ code: 1, stdout: "", stderr: output, output });

test("a network that cannot be reached is one line with the name of the source", () => {
  for (const [name, output, source] of [
    ["debian", "Err:1 trixie InRelease\n  Could not resolve 'mirror.example'", "Debian's packages"],
    ["debian", "  Cannot initiate the connection to mirror.example:80", "Debian's packages"],
    ["node", "npm error code ENOTFOUND", "npm's"],
    ["k6", "dial tcp: lookup proxy.example on 10.0.0.2:53: no such host", "Go's module proxy"],
  ] as const) {
    const { message, lines } = failureOf(name, failed(output));
    assert.ok(message.startsWith("no image registry responds, and "), message);
    assert.ok(message.includes(source), message);
    assert.deepEqual(lines, []);
  }
});

test("a full disk is reported as such", () => {
  assert.match(
    failureOf("node", failed("write: no space left on device")).message,
    /no space left/,
  );
});

test("any other failure shows the last 40 lines of the build", () => {
  const output = Array.from({ length: 100 }, (_, index) => `line ${index + 1}`).join("\n");
  const { message, lines } = failureOf("postgres", failed(output));
  assert.match(message, /postgres could not be made \(exit code 1\)/);
  assert.equal(lines.length, 40);
  assert.equal(lines.at(-1), "line 100");
});
