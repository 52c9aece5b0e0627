import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { stretched } from "@gatehouse/telemetry/testing";
import { Queue } from "./queue.ts";
import { type Results, runFiles } from "./run-files.ts";

const folder = mkdtempSync(join(tmpdir(), "unit-"));
after(() => rmSync(folder, { recursive: true }));

/** Milliseconds for a file: those here that end do so within a part of it. */
const FILE_TIME = stretched(10_000);

/** Runs files with these sources in one process. @returns the number of tests, and the failures as lines */
async function run(sources: Readonly<Record<string, string>>, fileTime = FILE_TIME) {
  const files = Object.entries(sources).map(([name, source]) => {
    const file = join(folder, name);
    writeFileSync(file, `import { test } from "node:test";\n${source}`);
    return file;
  });
  const results: Results = { tests: 0, failures: [] };
  await runFiles(() => files.shift(), results, fileTime);
  const failures = results.failures.map((text) => text.replaceAll(`${folder}/`, "").split("\n"));
  return { tests: results.tests, failures };
}

const PASSES = `test("passes", () => {});`;

test("a test that fails is named with its file and line, and the files after it run", async () => {
  const { tests, failures } = await run({
    "a.test.ts": `test("one", (t) => t.test("inner", () => { throw new Error("broken"); }));`,
    "b.test.ts": PASSES,
  });
  assert.equal(tests, 3);
  assert.deepEqual(
    failures.map((lines) => lines.slice(0, 4)),
    [["a.test.ts", "a.test.ts:2", "inner", "Error: broken"]],
  );
});

test("a file that cannot be loaded is named", async () => {
  const { failures } = await run({ "c.test.ts": "throw new Error('no such thing');" });
  assert.deepEqual(failures[0]?.slice(0, 3), ["c.test.ts", "c.test.ts", "Error: no such thing"]);
});

test("a file that ends its process is named with its test, and the files after it run", async () => {
  const { tests, failures } = await run({
    // The notice that a test begins is sent some turns later.
    "d.test.ts": `test("leaves", async () => {
      for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
      process.kill(process.pid, "SIGKILL");
    });`,
    "e.test.ts": PASSES,
  });
  assert.equal(tests, 1);
  assert.deepEqual(failures, [
    [
      "d.test.ts",
      "the process of the tests ended by itself: SIGKILL",
      "the last test that was seen to begin: leaves",
    ],
  ]);
});

test("a file that hangs is named with its test, and its process ends", async () => {
  const hangs = `test("hangs", () => new Promise(() => setInterval(() => {}, 1000)));`;
  const time = stretched(2000);
  const { failures } = await run({ "f.test.ts": hangs }, time);
  assert.deepEqual(failures, [
    [
      "f.test.ts",
      `it did not end within ${time / 1000} s`,
      "the last test that was seen to begin: hangs",
    ],
  ]);
});

/** Blocks, so that nothing of its end is seen. A zombie that has threads ("l") still receives. */
function waitForEnd(pid: string): void {
  while (!/^(Z[^l]*)?$/.test(stateOf(pid)));
}

function stateOf(pid: string): string {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", pid], { encoding: "utf8" });
  return stdout.trim();
}

test("a file whose process ends itself after its tests is named, and the files after it run", async () => {
  const go = join(folder, "go");
  const [first, second] = [join(folder, "j.test.ts"), join(folder, "k.test.ts")];
  const source = `import { test } from "node:test";
    import { existsSync, writeFileSync } from "node:fs";
    writeFileSync(${JSON.stringify(go)} + ".pid", String(process.pid));
    setInterval(() => { if (existsSync(${JSON.stringify(go)})) process.exit(7); }, 5);
    ${PASSES}`;
  writeFileSync(first, source);
  writeFileSync(second, `import { test } from "node:test"; ${PASSES}`);
  for (const hasNext of [true, false]) {
    rmSync(go, { force: true });
    const results: Results = { tests: 0, failures: [] };
    const files = [first, () => (hasNext ? second : undefined)];
    const next = () => {
      const file = files.shift();
      if (typeof file !== "function") return file;
      writeFileSync(go, "");
      if (hasNext) waitForEnd(readFileSync(`${go}.pid`, "utf8"));
      return file();
    };
    await runFiles(next, results, FILE_TIME);
    assert.deepEqual(results, {
      tests: hasNext ? 2 : 1,
      failures: [`${first}\nafter its last test its process ended: exit code 7`],
    });
  }
});

test("a test that failed is no fault of the process, which ends with Node's exit code", async () => {
  const { failures } = await run({
    "m.test.ts": `test("fails", () => { throw new Error("x"); });`,
  });
  assert.equal(failures.length, 1);
});

test("what a file leaves behind in its process is named; a file that is alone may leave it", async () => {
  const leave =
    "process.env.LEFT = '1'; process.on('SIGWINCH', () => {}); test('leaves', () => {});";
  const { failures } = await run({ "g.test.ts": leave, "h.alone.test.ts": leave });
  assert.deepEqual(
    failures.map((lines) => lines[0]),
    ["g.test.ts"],
  );
  assert.match(
    failures[0]?.[2] ?? "",
    /changes process\.env\.LEFT, changes the listeners of SIGWINCH, .* name the file x\.alone\.test\.ts$/,
  );
});

test("a file may look at the standard streams", async () => {
  const looks = `test("looks", () => void [process.stdin, process.stdout, process.stderr]);`;
  assert.deepEqual((await run({ "i.test.ts": looks })).failures, []);
});

test("a worker stays in its room, then helps where most files wait for each worker", () => {
  const files = ["web/a", "web/b", "web/c", "web/d", "app/a", "app/b", "app/c"];
  const queue = new Queue(files.map((file) => `services/${file}.test.ts`));
  const given = [1, 2, 1, 2, 1, 2, 2, 1].map((worker) => queue.next(worker)?.slice(9, 14));
  assert.deepEqual(given, [
    ...["web/a", "app/a", "web/b", "app/b", "web/c", "app/c", "web/d"],
    undefined,
  ]);
});
