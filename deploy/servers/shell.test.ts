import assert from "node:assert/strict";
import { test } from "node:test";
import { run } from "../command.ts";
import { shown } from "./shell.ts";

test("a word that is shown reaches a program of a shell as it is, and is quoted only if it must be", async () => {
  for (const word of ["../shop", "/srv/My Shop.v2", "it's", "$HOME", "a;b", "~"]) {
    const { stdout } = await run("sh", ["-c", `printf %s ${shown(word)}`]);
    assert.equal(stdout, word);
  }
  assert.equal(shown("../shop"), "../shop");
});
