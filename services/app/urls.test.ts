import assert from "node:assert/strict";
import { test } from "node:test";
import { reverse, urls } from "./urls.ts";

test("a name leads to its path", () => {
  assert.equal(reverse("notices"), "/");
});

test("no two names share a path", () => {
  const paths = Object.values(urls).map(({ path }) => path);
  assert.equal(new Set(paths).size, paths.length);
});

test("a name that is not in the table is an error that says so", () => {
  assert.throws(() => reverse("notice"), { message: 'no address in urls.ts is called "notice"' });
});
