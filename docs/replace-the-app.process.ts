import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { freePort, wholeClone } from "../deploy/testing.ts";
import { readWalk, writeFiles } from "./walk.ts";

/** Runs `make dev` in a clone with the application of the page. @returns the HTTP address of the site */
async function startDev(t: TestContext): Promise<string> {
  // Hooks run in the order in which they were added: the folder goes when nothing runs in it.
  const cleanups: (() => Promise<void>)[] = [];
  const { root } = await wholeClone({ after: (work) => void cleanups.push(work) });
  await rm(join(root, "services/app"), { recursive: true });
  await writeFiles(root, await readWalk());
  const dev = spawn(process.execPath, ["deploy/dev.ts"], {
    cwd: root,
    env: {
      ...process.env,
      PUBLISH_HTTP_PORT: String(await freePort()),
      PUBLISH_HTTPS_PORT: String(await freePort()),
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(async () => {
    if (dev.exitCode === null && dev.kill("SIGINT")) await once(dev, "close");
    for (const cleanup of cleanups) await cleanup();
  });
  const lines: string[] = [];
  for await (const line of createInterface({ input: dev.stdout })) {
    lines.push(line);
    const [, origin] = /the site .*(http:\/\/127\.0\.0\.1:\d+)\//.exec(line) ?? [];
    if (origin !== undefined) {
      dev.stdout.resume();
      return origin;
    }
  }
  return assert.fail(lines.join("\n"));
}

test("make dev serves the page's application: table, upload, session and WebSocket", async (t) => {
  const origin = await startDev(t);
  const first = await fetch(origin);
  assert.equal(first.status, 200);
  for (const [, asset = ""] of (await first.text()).matchAll(/"(\/assets\/[^"]+)"/g)) {
    assert.equal((await fetch(origin + asset)).status, 200, asset);
  }

  const socket = new WebSocket(`${origin.replace("http", "ws")}/live`);
  t.after(() => socket.close());
  const newest = (id: string) =>
    new Promise<void>((resolve) =>
      socket.addEventListener("message", ({ data }) => data === id && resolve()),
    );
  const announced = newest("1");
  await newest("");

  const form = new FormData();
  form.set("author", "Ada");
  form.set("words", "Hello <b>");
  form.set(
    "picture",
    new File([new Uint8Array([137, 80, 78, 71])], "dot.png", { type: "image/png" }),
  );
  const sent = await fetch(origin, { method: "POST", body: form, redirect: "manual" });
  assert.equal(sent.status, 303);
  const [cookie = ""] = sent.headers.getSetCookie();
  await announced;

  const page = await (
    await fetch(origin, { headers: { cookie: cookie.split(";")[0] ?? "" } })
  ).text();
  assert.match(page, /<b>Ada<\/b>: Hello &lt;b>/);
  assert.match(page, /name="author" value="Ada"/);
  const [, picture = ""] = /src="(\/pictures\/[^"]+)"/.exec(page) ?? [];
  const response = await fetch(origin + picture);
  assert.equal(response.headers.get("content-type"), "image/png");
  assert.deepEqual([...new Uint8Array(await response.arrayBuffer())], [137, 80, 78, 71]);
});

test("the application of the page keeps to the rules of lint, types and its unit test", async (t) => {
  const { root } = await wholeClone(t);
  await rm(join(root, "services/app"), { recursive: true });
  await writeFiles(root, await readWalk());
  const run = (...command: string[]) =>
    promisify(execFile)(process.execPath, command, { cwd: root }).catch(
      ({ stdout, stderr }: { stdout: string; stderr: string }) => assert.fail(stdout + stderr),
    );
  const bin = (name: string) => join(root, "node_modules", name);
  await run(bin("@biomejs/biome/bin/biome"), "check", "--error-on-warnings", "services/app");
  await run(bin("typescript/bin/tsc"), "--noEmit");
  await run("--test", "services/app/**/*.test.ts");
});
