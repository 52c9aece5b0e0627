import assert from "node:assert/strict";
import { test } from "node:test";
import { docker } from "../stack/docker.ts";
import { testLabel } from "../stack/projects.ts";
import { useStack } from "../stack/shared-stack.ts";
import { ExampleStack } from "./example-stack.ts";
import { QUICK } from "./sites.ts";

const stack = await useStack("examples/echo.ts");

test("an example that does not start is reported with its own words, and neither it nor its edge stays", async () => {
  const label = [`${testLabel}=${stack.project}`];
  const ids = async () =>
    (await docker.listContainers({ all: true, filters: { label } })).map(({ Id }) => Id).sort();
  const before = await ids();
  const [site] = QUICK;
  assert.ok(site);
  const broken = { ...site, name: "Broken", module: "examples/no-such-module.ts" };
  await assert.rejects(
    ExampleStack.start(stack, broken, { count: 2 }),
    /^Error: Broken does not start: .*examples\/no-such-module\.ts: no such file/s,
  );
  assert.deepEqual(await ids(), before);
});
