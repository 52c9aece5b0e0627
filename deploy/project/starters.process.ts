import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { isLate } from "@gatehouse/telemetry/testing";
import { openClone } from "../clone.ts";
import { run } from "../command.ts";
import { layout } from "../layout.ts";
import { buildPackages } from "../packaging/build.ts";
import { freePort } from "../testing.ts";
import { starters } from "./starter.ts";
import { installedProject, isBuilt } from "./testing.ts";

/** Milliseconds that a busy machine may take for anything here. */
const TIMEOUT = 60_000;

/** Milliseconds in which the chain ends, its database too: the gateway would wait 30 s for an open response. */
const END = 15_000;

const PICTURE = Uint8Array.fromBase64(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
);

const packages = await buildPackages(openClone().root);

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const since = performance.now();
  while (!isLate(since, TIMEOUT)) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(25);
  }
  throw new Error(`${what} did not come`);
}

/** `gatehouse dev` in a project; it ends with the block. */
async function startDev(root: string) {
  const main = join(root, "node_modules/@gatehouse/deploy/main.js");
  const ports = [await freePort(), await freePort()] as const;
  const published = { PUBLISH_HTTP_PORT: `${ports[0]}`, PUBLISH_HTTPS_PORT: `${ports[1]}` };
  const env = { ...process.env, ...published };
  const child = spawn(process.execPath, [main, "dev"], { cwd: root, env });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => lines.push(line));
  }
  const ended = once(child, "exit");
  const end = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
  };
  const origin = await until("the site", async () => {
    if (child.exitCode !== null) throw new Error(lines.join("\n"));
    return lines.map((line) => /the site .*(http:\S+\d)\//.exec(line)?.[1]).find(Boolean);
  }).catch(async (error: unknown) => {
    await end();
    throw new Error(`${error}\n${lines.slice(-30).join("\n")}`);
  });
  return { origin, lines, [Symbol.asyncDispose]: end };
}

function form(text: string, picture?: Uint8Array<ArrayBuffer>): FormData {
  const fields = new FormData();
  fields.set("text", text);
  // A browser sends an empty file where none was chosen.
  fields.set("picture", new File(picture === undefined ? [] : [picture], "dot.png"));
  return fields;
}

/** The application behind the gateway alone: without a database it says so, and a form that it cannot read costs it nothing. */
async function assertUnavailable(root: string): Promise<void> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const own = { PORT: String(port), DATABASE_URL: "postgres://site@127.0.0.1:9/site" };
  // Not every starter listens by itself.
  const gateway = "node_modules/@gatehouse/gateway/main.js";
  const flags = [`--port=${port}`, "--admin-port=0", "--control-socket=off", "--workers=1"];
  const child = spawn(process.execPath, [gateway, "app/server.ts", ...flags], {
    cwd: root,
    env: { ...process.env, NODE_ENV: "development", ...own },
    stdio: "ignore",
  });
  const ended = once(child, "exit");
  try {
    const response = await until("a response without a database", () =>
      fetch(`${origin}/entries`).catch(() => undefined),
    );
    assert.deepEqual([response.status, response.headers.get("retry-after")], [503, "5"]);
    const tooLarge = new FormData();
    tooLarge.set("text", "a picture");
    tooLarge.set(
      "picture",
      new File([new Uint8Array(6 * 2 ** 20)], "a.png", { type: "image/png" }),
    );
    const torn = { "content-type": "multipart/form-data; boundary=x" };
    for (const form of [{ body: tooLarge }, { body: "--x\r\nno field", headers: torn }]) {
      const headers = { ...("headers" in form ? form.headers : {}), origin };
      const sent = await fetch(`${origin}/entries`, { method: "POST", ...form, headers });
      assert.ok(sent.status >= 400, String(sent.status));
      await sent.text();
    }
    assert.equal((await fetch(`${origin}/entries`)).status, 503);
  } finally {
    // Twice, so that it does not go on to accept.
    child.kill("SIGTERM");
    child.kill("SIGTERM");
    await ended;
  }
}

for (const app of starters(layout.templates)) {
  test(`a ${app} project, of packages alone: page, form, upload, live update, a changed file`, async (t) => {
    const root = await installedProject(t, app, packages);
    if (isBuilt(app)) {
      const env = { NODE_TEST_CONTEXT: undefined };
      const check = await run("make", ["check"], { cwd: root, env });
      assert.equal(check.code, 0, check.output);
    }
    await assertUnavailable(root);
    await using dev = await startDev(root);
    const { origin } = dev;
    const send = (body: FormData, from = origin) =>
      fetch(`${origin}/entries`, {
        method: "POST",
        body,
        redirect: "manual",
        headers: { origin: from },
      });
    const text = async (path: string) => await (await fetch(origin + path)).text();

    const page = await fetch(`${origin}/`);
    assert.equal(page.status, 200);
    assert.match(page.headers.get("server-timing") ?? "", /^web;.*gateway;.*app;/);
    assert.match(await page.text(), /<title>shop<\/title>[\s\S]*There are no entries yet/);

    const live = await fetch(`${origin}/live`);
    assert.match(live.headers.get("content-type") ?? "", /^text\/event-stream/);
    const events = live.body?.pipeThrough(new TextDecoderStream()).getReader();
    const changed = async (): Promise<void> => {
      for (let got = ""; !/event: changed/.test(got); ) {
        const { done, value = "" } = (await events?.read()) ?? { done: true };
        assert.ok(!done, got);
        got += value;
      }
    };
    await changed();
    const update = changed();

    assert.equal((await send(form("<i>first</i>"))).status, 303);
    await update;
    await events?.cancel();
    assert.equal((await send(form("second", PICTURE))).status, 303);
    assert.equal((await send(form(""))).status, 422);
    assert.equal((await send(form("third", Uint8Array.of(1, 2, 3, 4)))).status, 422);
    const large = await send(form("large", new Uint8Array(6 * 2 ** 20).fill(0x89)));
    // Multer has Nest say that it is too large; the others refuse it as they refuse what is no picture.
    assert.equal(large.status, app === "nest" ? 413 : 422);
    assert.match(await large.text(), /Please choose a PNG, JPEG or GIF of at most 5 MB\./);
    assert.equal((await send(form("fourth"), "https://other.example")).status, 403);

    const list = await text("/");
    // React closes an element that has no content.
    assert.match(list, /<ul><li><img src="[^"]+" alt=""\/?><p>second<[\s\S]*&lt;i&gt;first&lt;/);
    assert.doesNotMatch(list, /third|fourth/);
    assert.equal((await fetch(`${origin}/entries`)).status, 200);
    const [, path = ""] = /<img src="([^"]+)"/.exec(list) ?? [];
    const picture = await fetch(origin + path);
    assert.equal(picture.headers.get("content-type"), "image/png");
    assert.deepEqual(await picture.bytes(), PICTURE);
    assert.equal((await fetch(`${origin}/pictures/..%2fsecret.png`)).status, 404);
    assert.equal((await fetch(`${origin}/absent`)).status, 404);

    const file = join(root, app === "next" ? "app/app/entry-form.tsx" : "app/page.ts");
    await writeFile(file, (await readFile(file, "utf8")).replace("Your entry", "Your words"));
    await until("the changed page", async () =>
      (await text("/")).includes("Your words") ? true : undefined,
    );
    const server = join(root, "app/server.ts");
    await writeFile(server, `${await readFile(server, "utf8")}\nconsole.log("changed server");\n`);
    await until("the changed server", async () =>
      dev.lines.some((line) => line.includes("changed server")) ? true : undefined,
    );

    // A page that is open does not keep the site from its end.
    const open = await until("a live page after the change", async () => {
      const response = await fetch(`${origin}/live`);
      if (response.status === 200) return response;
      await response.body?.cancel();
      return undefined;
    });
    const since = performance.now();
    await dev[Symbol.asyncDispose]();
    assert.ok(!isLate(since, END), `ended after ${Math.round(performance.now() - since)} ms`);
    await open.body?.cancel().catch(() => {});
  });
}
