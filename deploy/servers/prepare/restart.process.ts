import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { run } from "../../command.ts";
import { temporaryFolder } from "../../testing.ts";
import { startEdges } from "./restart.ts";

/**
 * An engine with four containers that have ended: two edges that it gave up, one that was stopped by hand, and one of
 * something else that it gave up too.
 */
const ENGINE = `#!/bin/sh
cd "\${0%/*}"
case "$1" in
ps)
  case "$*" in
  *"status=exited"*"label=com.docker.compose.service=web"*) ids="edge1 edge2 stopped" ;;
  *) ids="edge1 edge2 stopped other" ;;
  esac
  for id in $ids; do [ -e "runs-$id" ] || echo "$id"; done ;;
inspect)
  case "$4" in
  stopped) echo ;;
  *) echo "cannot join network of a non running container: 6daf9b329e75" ;;
  esac ;;
start)
  echo "$2" >> started
  # The second edge's other container is later still.
  if [ "$2" = edge2 ] && [ "$(grep -c edge2 started)" -lt 3 ]; then exit 1; fi
  : > "runs-$2" ;;
esac
`;

async function startWith(t: TestContext, engine: string) {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, "docker"), engine, { mode: 0o755 });
  const env = { PATH: `${folder}:${process.env.PATH}` };
  const { code, output } = await run("sh", [], { input: startEdges(0), env });
  const started = (await readFile(join(folder, "started"), "utf8")).trim().split("\n");
  return { code, output, started };
}

test("edges that the engine gave up are started, again and again, and nothing else is", async (t) => {
  const { code, output, started } = await startWith(t, ENGINE);
  assert.equal(code, 0, output);
  assert.deepEqual(started, ["edge1", "edge2", "edge2", "edge2"]);
});

test("one that cannot be started ends as a failed unit that names it", async (t) => {
  const never = ENGINE.replace("-lt 3", "-lt 1000");
  const { code, output } = await startWith(t, never);
  assert.equal(code, 1);
  assert.match(output, /cannot be started: edge2/);
});
