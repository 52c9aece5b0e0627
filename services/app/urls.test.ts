import assert from "node:assert/strict";
import { test } from "node:test";
import { reverse, urls } from "./urls.ts";

test("a name leads to its path, with a value where the path wants one", () => {
  assert.equal(reverse("notices"), "/");
  assert.equal(reverse("editNotice", 7), "/notices/7/edit");
  assert.equal(reverse("picture", "a/b.png"), "/pictures/a%2Fb.png");
});

test("no two names share a path", () => {
  const paths = Object.values(urls).map(({ path }) => path);
  assert.equal(new Set(paths).size, paths.length);
});

test("a value too many, or none, is an error that says so", () => {
  assert.throws(() => reverse("notice"), { message: /^the address "notice" wants a value: / });
  assert.throws(() => reverse("notices", 7), { message: /^the address "notices" takes no value/ });
});
