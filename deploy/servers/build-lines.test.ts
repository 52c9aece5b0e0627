import assert from "node:assert/strict";
import { test } from "node:test";
import { WithoutBuildLines } from "./build-lines.ts";

test("the steps of a build are left out, and what fails is shown, however the text is cut", () => {
  const text = [
    "[6] build",
    "#0 building with default",
    "",
    "#1 [app 3/8] RUN npm ci",
    "#1 ERROR: exit code: 1",
    "------",
    " > [app 3/8] RUN npm ci:",
    "0.345 npm error #2 is missing",
    "",
    "------",
    "gatehouse: the images could not be built",
  ].join("\n");
  for (const size of [1, 7, text.length]) {
    const filter = new WithoutBuildLines();
    let shown = "";
    for (let at = 0; at < text.length; at += size) shown += filter.add(text.slice(at, at + size));
    assert.deepEqual((shown + filter.end()).split("\n"), [
      "[6] build",
      "------",
      " > [app 3/8] RUN npm ci:",
      "0.345 npm error #2 is missing",
      "",
      "------",
      "gatehouse: the images could not be built",
    ]);
  }
});
