import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { cp, rm, writeFile } from "node:fs/promises";
import { get } from "node:https";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { isLate } from "@gatehouse/telemetry/testing";
import { linkPackages, runnableClone } from "../testing.ts";

/** Milliseconds that a busy machine may take for anything here. */
const TIMEOUT = 60_000;
/** Milliseconds after which a changed file is served. */
const SOON = 1500;

/** A clone with the application of `testing/`. Every file may be changed, its packages in node_modules/ too. */
async function changeableClone(t: { after: (work: () => Promise<void>) => void }): Promise<string> {
  const { root } = await runnableClone(t, { packages: false });
  const application = join(root, "services/app");
  await rm(application, { recursive: true, force: true });
  await cp(join(import.meta.dirname, "testing"), application, { recursive: true });
  await linkPackages(root);
  await writeFile(join(root, "app.env"), "GREETING='good day'\n");
  const settings = ["JOBS=services/app/jobs.ts", "SCHEDULE=services/app/schedule.ts"];
  await writeFile(join(root, ".env"), `${settings.join("\n")}\n`);
  return root;
}

/** `make dev` in a process of its own. */
class Dev {
  readonly child: ChildProcess;
  readonly lines: string[] = [];
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
    this.child = spawn(process.execPath, ["deploy/dev.ts"], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      // Ports that are surely taken make it choose free ones.
      env: { ...process.env, PUBLISH_HTTP_PORT: "1", PUBLISH_HTTPS_PORT: "1" },
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (stream) createInterface({ input: stream }).on("line", (line) => this.lines.push(line));
    }
  }

  /** Waits for what may take a while; says what was printed when it does not come. */
  async until<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
    const since = performance.now();
    while (!isLate(since, TIMEOUT)) {
      const found = await look();
      if (found !== undefined) return found;
      await pause(25);
    }
    throw new Error(`${what} did not come:\n${this.lines.slice(-30).join("\n")}`);
  }

  line(pattern: RegExp, from = 0): Promise<string> {
    return this.until(`a line ${pattern}`, () =>
      this.lines.slice(from).find((line) => pattern.test(line)),
    );
  }

  async origin(): Promise<string> {
    const [found] =
      /https:\/\/127\.0\.0\.1:\d+/.exec(await this.line(/ {2}the site|the site {2}/)) ?? [];
    assert.ok(found);
    return found;
  }

  async page(origin: string, path = "/"): Promise<string> {
    return (await this.get(origin, path)).body;
  }

  /** On a connection of its own. */
  async get(origin: string, path: string, headers = {}): Promise<{ status: number; body: string }> {
    const asked = get(origin + path, {
      headers,
      ca: readFileSync(join(this.#root, "secrets/ca.crt")),
      agent: false,
    });
    const [response] = await once(asked, "response");
    return { status: response.statusCode, body: await text(response) };
  }

  /** The style sheet that the page links; it must be there. */
  async styleSheet(origin: string): Promise<{ path: string; body: string }> {
    const [path = ""] = /\/assets\/style\.[0-9a-f]{8}\.css/.exec(await this.page(origin)) ?? [];
    const { status, body } = await this.get(origin, path);
    assert.equal(status, 200, `the page links ${path}`);
    return { path, body };
  }
}

/** Processes that run the programs of this clone or its database. */
function processesOf(root: string): string[] {
  return execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(root));
}

const LAYOUT = "services/app/layout.ts";

const cleanups: (() => Promise<void>)[] = [];
const root = await changeableClone({ after: (work) => void cleanups.push(work) });
let dev = new Dev(root);
let origin: string;

before(async () => {
  origin = await dev.origin();
});

after(async () => {
  if (dev.child.exitCode === null && dev.child.kill("SIGINT")) await once(dev.child, "close");
  for (const cleanup of cleanups) await cleanup();
});

const edit = (file: string, change: (source: string) => string) =>
  writeFileSync(join(root, file), change(readFileSync(join(root, file), "utf8")));

test("the chain serves the site from Postgres over HTTPS", async () => {
  assert.match(await dev.page(origin), /from Postgres/);
});

test("the application has the variables of app.env", async () => {
  assert.match(await dev.page(origin), /from Postgres, good day</);
});

test("the background jobs run with the same database and variables, and the schedule beside them", async () => {
  await dev.line(/jobs +\| jobs: from Postgres, good day/);
  await dev.line(/jobs +\| task: good day/);
});

test("changed jobs run soon after their change", async () => {
  const from = dev.lines.length;
  edit("services/app/jobs.ts", (source) => source.replace("jobs: ", "changed jobs: "));
  await dev.line(/jobs +\| changed jobs: from Postgres/, from);
});

test("the first page finds the style sheet that it links", async () => {
  assert.match((await dev.styleSheet(origin)).body, /system-ui/);
});

test("a changed template is served soon, without a failed request", async (t) => {
  const failures: unknown[] = [];
  edit(LAYOUT, (source) => source.replaceAll("Fixture", "Changed"));
  const began = performance.now();
  await dev.until("the changed page", async () => {
    const page = await dev.page(origin).catch((error: unknown) => void failures.push(error));
    return page?.includes("Changed") || undefined;
  });
  const took = Math.round(performance.now() - began);
  t.diagnostic(`served after ${took} ms`);
  assert.deepEqual(failures, []);
  assert.ok(!isLate(began, SOON), `it took ${took} ms`);
});

const ERRORS: [what: string, line: string, said: RegExp][] = [
  ["a syntax error", "const odd = = 1;", /SyntaxError: Expression expected/],
  ["an error at the start", 'throw new Error("not <today>");', /not &lt;today>/],
];

for (const [what, line, said] of ERRORS) {
  test(`${what} is shown in the page with its file and line, once in the terminal, until it is mended`, async () => {
    const from = dev.lines.length;
    const good = readFileSync(join(root, LAYOUT), "utf8");
    writeFileSync(join(root, LAYOUT), `${good}${line}\n`);
    const began = performance.now();
    const { status, body } = await dev.until("the error in the page", async () => {
      const response = await dev.get(origin, "/", { accept: "text/html" });
      return response.status === 500 ? response : undefined;
    });
    assert.ok(!isLate(began, SOON), `it took ${performance.now() - began} ms`);
    assert.equal(status, 500);
    assert.match(body, said);
    assert.ok(body.includes(`In <b>${LAYOUT}:${good.split("\n").length}</b>`), body);
    assert.match((await dev.get(origin, "/")).body, /^The application does not start\n/);
    await dev.line(/the application does not start/, from);
    writeFileSync(join(root, LAYOUT), good);
    await dev.until("the page", async () =>
      (await dev.page(origin)).includes("from Postgres") ? true : undefined,
    );
    const inTerminal = dev.lines.slice(from).filter((text) => text.includes(`${LAYOUT}:`));
    assert.equal(inTerminal.length, 1, inTerminal.join("\n"));
  });
}

const sheet = "services/app/static/style.css";

test("a style sheet that changes in the middle of a reload is there in every page that links it", async () => {
  const from = dev.lines.length;
  const old = await dev.styleSheet(origin);
  edit(LAYOUT, (source) => `${source}\n`);
  await dev.line(/reload begins/, from);
  // Every worker that starts from now on links the new one.
  edit(sheet, (source) => `${source}\n/* changed */\n`);
  const changed = await dev.until("another style sheet", async () => {
    const linked = await dev.styleSheet(origin);
    return linked.path === old.path ? undefined : linked;
  });
  assert.match(changed.body, /changed/);
  await dev.until(
    "a reload for the style sheet",
    () =>
      dev.lines.slice(from).filter((line) => line.includes("reload done")).length === 2 ||
      undefined,
  );
});

test("a changed edge starts anew on the same port; a broken one too, once it is mended", async () => {
  const from = dev.lines.length;
  const file = "services/web/main.ts";
  const good = readFileSync(join(root, file), "utf8");
  writeFileSync(join(root, file), "throw new Error('broken edge');");
  await dev.line(/broken edge/, from);
  await dev.line(/the edge did not start/, from);
  writeFileSync(join(root, file), good);
  await dev.line(/edge state from=starting to=ready/, from);
  assert.match(await dev.page(origin), /<title>/);
});

test("a second one says that the first runs, and where", async () => {
  const second = new Dev(root);
  const [code] = await once(second.child, "close");
  assert.equal(code, 1);
  assert.ok(second.lines.some((line) => line.includes(`already runs in this clone: ${origin}/`)));
});

test("one that was killed leaves nothing that the next one would not end", async () => {
  dev.child.kill("SIGKILL");
  await once(dev.child, "close");
  const orphans = processesOf(root);
  assert.ok(orphans.length > 0);
  // An id of before may belong to any process by now.
  const other = spawn("sh", ["-c", "read line", "node --run watch"], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  appendFileSync(join(root, ".dev/children"), `${other.pid}\n`);
  dev = new Dev(root);
  origin = await dev.origin();
  const now = processesOf(root);
  assert.deepEqual(
    orphans.filter((line) => now.includes(line)),
    [],
  );
  assert.equal(other.signalCode, null);
  other.stdin.end();
  assert.match(await dev.page(origin), /<title>/);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`${signal} ends every process, and the data stays for the next start`, async () => {
    assert.notDeepEqual(processesOf(root), []);
    dev.child.kill(signal);
    const [code] = await once(dev.child, "close");
    assert.equal(code, 0);
    assert.deepEqual(processesOf(root), []);
    dev = new Dev(root);
    origin = await dev.origin();
  });
}

test("a style sheet that changes in the middle of a start is there once the site is announced", async () => {
  dev.child.kill("SIGINT");
  await once(dev.child, "close");
  dev = new Dev(root);
  // The style sheet is collected by then, and no worker has started.
  await dev.line(/static +\| collectstatic:/);
  edit(sheet, (source) => `${source}\n/* changed again */\n`);
  origin = await dev.origin();
  assert.match((await dev.styleSheet(origin)).body, /changed again/);
});

test("a signal in the middle of a start leaves nothing either", async () => {
  dev.child.kill("SIGINT");
  await once(dev.child, "close");
  dev = new Dev(root);
  await dev.line(/ready to accept connections/);
  dev.child.kill("SIGINT");
  await once(dev.child, "close");
  assert.deepEqual(processesOf(root), []);
});

test("an application that does not start at first is shown too, and serves once it is mended", async () => {
  const good = readFileSync(join(root, LAYOUT), "utf8");
  writeFileSync(join(root, LAYOUT), `${good}const odd = = 1;\n`);
  dev = new Dev(root);
  origin = await dev.origin();
  const { status, body } = await dev.get(origin, "/", { accept: "text/html" });
  assert.equal(status, 500);
  assert.match(body, /SyntaxError: Expression expected/);
  writeFileSync(join(root, LAYOUT), good);
  await dev.until("the page", async () =>
    (await dev.page(origin)).includes("from Postgres") ? true : undefined,
  );
});
