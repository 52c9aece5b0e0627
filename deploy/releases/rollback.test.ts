import assert from "node:assert/strict";
import { test } from "node:test";
import { wantedRelease } from "./rollback.ts";

test("a release is named by RELEASE=, or by TO= for short", () => {
  assert.equal(wantedRelease({ RELEASE: "3" }), 3);
  assert.equal(wantedRelease({ TO: "12" }), 12);
  assert.equal(wantedRelease({ RELEASE: "3", TO: "3" }), 3);
  assert.equal(wantedRelease({ RELEASE: "", TO: "" }), undefined);
});

test("what is no number is refused: it may be meant for a server", () => {
  for (const word of ["production", "2nd", "0", "-1", "1.5", " 3"]) {
    assert.throws(() => wantedRelease({ TO: word }), {
      exitCode: 78,
      message: /expected the number of a release/,
    });
    assert.throws(() => wantedRelease({ RELEASE: word }), { exitCode: 78 });
  }
  assert.throws(() => wantedRelease({ RELEASE: "3", TO: "4" }), /are two releases/);
});
