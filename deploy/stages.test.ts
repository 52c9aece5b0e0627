import assert from "node:assert/strict";
import { test } from "node:test";
import { Stages } from "./stages.ts";

const TIME = /\d+\.\d s/g;

test("each stage prints its number, its lines and its result", async () => {
  let text = "";
  const stages = new Stages(2, (more) => {
    text += more;
  });
  await stages.run("one", async (say) => {
    say("working");
    return "done";
  });
  await assert.rejects(
    stages.run("two", () => Promise.reject(new Error("no"))),
    /^Error: no$/,
  );
  assert.equal(
    text.replaceAll(TIME, "T"),
    "[1/2] one\n      working\n      done (T)\n[2/2] two\n      failed after T\n",
  );
  assert.equal(stages.summary().replaceAll(TIME, "T"), "one T: T in total");
});

test("lines of stages that run at the same time begin with their names", async () => {
  let text = "";
  const stages = new Stages(undefined, (more) => {
    text += more;
  });
  const first = Promise.withResolvers<string>();
  const both = [stages.run("images", () => first.promise), stages.run("lint", async () => "fine")];
  await both[1];
  first.resolve("built");
  await Promise.all(both);
  assert.equal(
    text.replaceAll(TIME, "T"),
    "[1] images\n[2] lint\n      lint: fine (T)\n      images: built (T)\n",
  );
});
