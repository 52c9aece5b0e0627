import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import { test } from "node:test";

test("the site loads no ES module of Drizzle: each would cost a start some milliseconds", async (t) => {
  const loaded: string[] = [];
  const hooks = registerHooks({
    load: (url, context, next) => {
      loaded.push(url);
      return next(url, context);
    },
  });
  t.after(() => hooks.deregister());
  await import("../application.ts");
  await import("../management/commands.ts");
  const ofDrizzle = loaded.filter((url) => url.includes("/node_modules/drizzle-orm/"));
  assert.ok(ofDrizzle.some((url) => url.endsWith(".cjs")));
  assert.deepEqual(
    ofDrizzle.filter((url) => url.endsWith(".js")),
    [],
  );
});
