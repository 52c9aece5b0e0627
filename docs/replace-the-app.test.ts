import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { runnableClone } from "../deploy/testing.ts";

const PAGE = join(import.meta.dirname, "replace-the-app.md");

/** The files of the page, by their paths; one that stands for a framework is named by it. */
async function filesOfPage(framework: string): Promise<Map<string, string>> {
  const page = await readFile(PAGE, "utf8");
  const files = new Map<string, string>();
  let path = "";
  for (const [, named, info = "", block] of page.matchAll(
    /`(services\/app\/[\w./]+)`|```(\w+(?: \w+)?)\n(.*?)```/gs,
  )) {
    if (named !== undefined) path = named;
    const [, only] = info.split(" ");
    if (block !== undefined && (only ?? framework) === framework) files.set(path, block);
  }
  return files;
}

/** A clone whose application is the page's own, and its gateway. */
async function serve(t: TestContext, framework: string) {
  const { root } = await runnableClone(t);
  await rm(join(root, "services/app"), { recursive: true });
  for (const [path, content] of await filesOfPage(framework)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  const flags = ["--port=0", "--admin-port=0", "--workers=1", "--control-socket=off"];
  const gateway = spawn(process.execPath, ["services/gateway/main.ts", ...flags], {
    cwd: root,
    env: { ...process.env, APP_GREETING: "Good morning" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(async () => {
    if (gateway.kill("SIGINT")) await once(gateway, "exit");
  });
  for await (const line of createInterface({ input: gateway.stdout })) {
    const { to, port } = JSON.parse(line);
    if (to === "ready") return { root, origin: `http://127.0.0.1:${port}` };
  }
  throw new Error("the gateway ended");
}

for (const [framework, name] of [
  ["hono", "Hono"],
  ["express", "Express"],
]) {
  test(`the page's application with ${name} serves behind the gateway`, async (t) => {
    const { root, origin } = await serve(t, framework ?? "");
    const answer = await fetch(origin);
    assert.match(
      await answer.text(),
      new RegExp(`<h1>Good morning from ${name}, process \\d+</h1>`),
    );
    const manage = (chore: string) =>
      promisify(execFile)(process.execPath, ["services/app/manage.ts", chore], {
        cwd: root,
        env: { ...process.env, APP_ASSETS_DIRECTORY: join(root, "assets") },
      });
    await manage("migrate");
    await manage("collectstatic");
    assert.match(await readFile(join(root, "assets/style.1.css"), "utf8"), /system-ui/);
    await assert.rejects(manage("dance"), { stderr: /no such chore: dance/ });
  });
}
