import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { stretched } from "@gatehouse/telemetry/testing";
import { temporaryFolder } from "../testing.ts";
import { playedSsh } from "./testing.ts";

const DEADLINE = stretched(10_000);

/**
 * Plays ssh and a server, which is this machine. Without a master there is no connection, as with a key whose
 * passphrase no one enters a second time; with a file "lost" there is no new one.
 */
const SSH =
  playedSsh(`if [ -e "$LAB/lost" ] || ! kill -0 "$(cat "$socket")"; then : > "$LAB/refused"; exit 255; fi
exec sh -c "$last"
`);

/** Follows a command on that server. */
const OPERATOR = `
  import { Connection } from ${JSON.stringify(join(import.meta.dirname, "connection.ts"))};
  import { runRemoteCommand } from ${JSON.stringify(join(import.meta.dirname, "follow.ts"))};
  import { newCommandId } from ${JSON.stringify(join(import.meta.dirname, "remote-command.ts"))};
  const server = { host: "server", port: 22, hostKey: "" };
  const connection = await Connection.open({ name: "lab", file: "lab.env", server }, "deploy");
  const folder = process.env.LAB + "/site";
  const command = { folder, id: newCommandId(), title: "make test", words: ["program.ts"], variables: {} };
  process.exitCode = await runRemoteCommand(connection, command, "lab");
  await connection[Symbol.asyncDispose]();
`;

/** Ends at the second signal. It ends with the test too, which removes the folder. */
const PROGRAM = `
  import { existsSync } from "node:fs";
  let received = 0;
  process.on("SIGINT", () => {
    received += 1;
    console.log("signal", received);
    if (received === 2) process.exit(130);
  });
  console.log("here");
  setInterval(() => existsSync("program.ts") || process.exit(1), 100);
`;

/** An operator who follows a command, as a terminal starts it: all processes that it starts are one group. */
class Following {
  readonly folder: string;
  readonly #process: ChildProcess;
  #output = "";

  private constructor(folder: string, child: ChildProcess) {
    this.folder = folder;
    this.#process = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
      });
  }

  static async begin(t: TestContext): Promise<Following> {
    const folder = await temporaryFolder(t);
    await mkdir(join(folder, "site/node_modules/.bin"), { recursive: true });
    await symlink(process.execPath, join(folder, "site/node_modules/.bin/node"));
    await writeFile(join(folder, "site/program.ts"), PROGRAM);
    await mkdir(join(folder, "bin"));
    await writeFile(join(folder, "bin/ssh"), SSH, { mode: 0o755 });
    const child = spawn(process.execPath, ["--input-type=module", "--eval", OPERATOR], {
      env: { ...process.env, LAB: folder, PATH: `${folder}/bin:${process.env.PATH}` },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    t.after(() => child.kill("SIGKILL"));
    const following = new Following(folder, child);
    await following.shows(/here/);
    return following;
  }

  async shows(pattern: RegExp): Promise<void> {
    await until(
      () => pattern.test(this.#output),
      () => this.#output,
    );
  }

  /** What a terminal does at Ctrl-C. */
  interrupt(): void {
    process.kill(-(this.#process.pid ?? 0), "SIGINT");
  }

  async end(): Promise<number | null> {
    const signal = AbortSignal.timeout(DEADLINE);
    if (this.#process.exitCode === null) await once(this.#process, "close", { signal });
    return this.#process.exitCode;
  }
}

async function until(check: () => boolean, seen: () => string = () => ""): Promise<void> {
  const end = Date.now() + DEADLINE;
  while (!check()) {
    assert.ok(Date.now() < end, seen());
    await pause(20);
  }
}

test("Ctrl-C on a terminal reaches the command on the server each time, and its exit code comes back", async (t) => {
  const following = await Following.begin(t);
  following.interrupt();
  await following.shows(/make test is being stopped on the server[\s\S]*signal 1\n/);
  following.interrupt();
  await following.shows(/signal 2\n/);
  assert.equal(await following.end(), 130);
});

test("a stop that finds the connection lost is sent until the server has it", async (t) => {
  const following = await Following.begin(t);
  await writeFile(join(following.folder, "lost"), "");
  following.interrupt();
  await until(() => existsSync(join(following.folder, "refused")));
  await rm(join(following.folder, "lost"));
  await following.shows(/signal 1\n/);
  following.interrupt();
  assert.equal(await following.end(), 130);
});
