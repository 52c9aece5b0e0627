import assert from "node:assert/strict";
import { test } from "node:test";
import { contentTypeOf } from "./given-fields.ts";

test("the Content-Type is found in whichever way the fields of an answer are given", () => {
  const given = [
    { "content-type": ["Content-Type", "text/css"] },
    { Server: "x", "Content-Type": "text/css" },
    ["Server", "x", "content-type", "text/css"],
    [
      ["Server", "x"],
      ["Content-Type", "text/css"],
    ],
  ];
  for (const fields of given) assert.equal(contentTypeOf(fields), "text/css");
});

test("there may be none", () => {
  for (const fields of [undefined, {}, [], { Server: "x" }, ["Server", "Content-Type"]]) {
    assert.equal(contentTypeOf(fields), "");
  }
});
