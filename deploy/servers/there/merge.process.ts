import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { run } from "../../command.ts";
import { temporaryFolder } from "../../testing.ts";
import { applicationEnv, mergedEnv } from "./merge.ts";
import { VALUES } from "./testing.ts";

/** What Compose makes of both files. */
const MODEL = {
  services: {
    app: {
      image: "none",
      env_file: "app.env",
      environment: Object.fromEntries(
        Object.keys(VALUES).map((name) => [`STACK_${name}`, `\${${name}}`]),
      ),
    },
  },
};

test("Compose reads each value of .env and app.env as it was", async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, "compose.yaml"), JSON.stringify(MODEL));
  await writeFile(join(folder, ".env"), mergedEnv("", "", VALUES, []));
  await writeFile(join(folder, "app.env"), applicationEnv(VALUES));
  const { code, stdout, stderr } = await run("docker", ["compose", "config", "--format=json"], {
    cwd: folder,
    // A variable of this process outranks .env.
    env: Object.fromEntries(Object.keys(VALUES).map((name) => [name, undefined])),
  });
  assert.equal(code, 0, stderr);
  const { environment } = JSON.parse(stdout).services.app;
  const expected = Object.entries(VALUES).flatMap(([name, value]) => [
    [name, value],
    [`STACK_${name}`, value],
  ]);
  // `config` writes a dollar as Compose would read it.
  const read = Object.entries<string>(environment).map(([name, value]) => [
    name,
    value.replaceAll("$$", "$"),
  ]);
  assert.deepEqual(Object.fromEntries(read), Object.fromEntries(expected));
});
