import assert from "node:assert/strict";
import { test } from "node:test";
import { reverse, urls } from "./urls.ts";

test("a name gives its path, with a value if the path needs one", () => {
  assert.equal(reverse("notices"), "/");
  assert.equal(reverse("editNotice", 7), "/notices/7/edit");
  assert.equal(reverse("picture", "a/b.png"), "/pictures/a%2Fb.png");
});

test("no two names share a path", () => {
  const paths = Object.values(urls);
  assert.equal(new Set(paths).size, paths.length);
});

test("a missing or an extra value is an error", () => {
  assert.throws(() => reverse("notice"), { message: /^the address "notice" needs a value: / });
  assert.throws(() => reverse("notices", 7), { message: /^the address "notices" takes no value/ });
});
