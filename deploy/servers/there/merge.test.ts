import assert from "node:assert/strict";
import { test } from "node:test";
import { readEnv } from "../../env/environment.ts";
import { applicationEnv, mergedEnv } from "./merge.ts";
import { VALUES } from "./testing.ts";

const EXAMPLE = "# why\nREPLICAS=2\n#WEB_HTTPS=redirect\n";

test("a new server starts from the example, with the lines of its environment", () => {
  const text = mergedEnv("", EXAMPLE, { WEB_HTTPS: "redirect", POSTGRES_IMAGE: "p:1" }, []);
  assert.equal(text, "# why\nREPLICAS=2\nWEB_HTTPS=redirect\nPOSTGRES_IMAGE=p:1\n");
});

test("what the server wrote stays", () => {
  const before = "REPLICAS=2\nRELEASE_APP=app:1\nCOMPOSE_PROJECT_NAME=shop\n";
  const text = mergedEnv(before, EXAMPLE, { REPLICAS: "4" }, []);
  assert.equal(text, "REPLICAS=4\nRELEASE_APP=app:1\nCOMPOSE_PROJECT_NAME=shop\n");
});

test("a line that is gone from the environment is again as in the example", () => {
  const before = "REPLICAS=4\nWEB_HTTPS=redirect\nRELEASE_APP=app:1\n";
  const text = mergedEnv(before, EXAMPLE, {}, ["REPLICAS", "WEB_HTTPS"]);
  assert.equal(text, "REPLICAS=2\nRELEASE_APP=app:1\n");
});

test("a value of several lines is replaced and removed whole", () => {
  const before = mergedEnv("A=1\n", "A=1\n", { WEB_X: "-----BEGIN\nA=2\n-----END" }, []);
  assert.equal(mergedEnv(before, "A=1\n", { WEB_X: "short" }, ["WEB_X"]), "A=1\nWEB_X=short\n");
  assert.equal(mergedEnv(before, "A=1\n", {}, ["WEB_X"]), "A=1\n");
});

test("values come back as they were", () => {
  assert.deepEqual(readEnv(applicationEnv(VALUES)), VALUES);
});

test("a value that no quotes can hold is refused by its name", () => {
  assert.throws(
    () => applicationEnv({ KEY: `it's "both"` }),
    (error: Error) => {
      assert.match(error.message, /^KEY: a value with '/);
      assert.doesNotMatch(error.message, /it's/);
      return true;
    },
  );
  for (const KEY of ["$HOME\\", "a # b\\", "two\nlines\\", " space\\"]) {
    assert.throws(() => applicationEnv({ KEY }), /^Error: KEY: a value|^Problem: KEY: a value/);
  }
});
