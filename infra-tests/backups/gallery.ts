import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setInterval } from "node:timers/promises";
import type Docker from "dockerode";
import type { Manifest } from "../../deploy/backups/manifest.ts";
import { type Backup, listBackups } from "../../deploy/backups/store.ts";
import { FreshClone, type Outcome, type RunOptions } from "../first-run/fresh-clone.ts";
import { docker, exec } from "../stack/docker.ts";
import { call } from "../stack/http.ts";
import { APPLICATION, MODULE, TABLE } from "./application.ts";

/** Requests per second of the writers. */
const RATE = 60;

/** What a load of writes has seen. */
export interface Writes {
  readonly sent: number;
  readonly failures: readonly string[];
}

/** A clone of its own with a running stack, whose application keeps files and rows. */
export class Gallery implements AsyncDisposable {
  readonly clone: FreshClone;

  private constructor(clone: FreshClone) {
    this.clone = clone;
  }

  /** Starts a stack without any data. */
  static async start(): Promise<Gallery> {
    const clone = await FreshClone.make();
    const gallery = new Gallery(clone);
    await clone.setEnv(`APP=${MODULE}`);
    await writeFile(join(clone.root, MODULE), APPLICATION);
    await gallery.make("up.ts");
    return gallery;
  }

  /** Runs a command that must succeed. */
  async make(command: string, env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    const outcome = await this.clone.run(command, { env });
    assert.equal(outcome.code, 0, `${command}: ${outcome.stdout}${outcome.stderr}`);
    return outcome;
  }

  /** Runs a command that must be refused. @returns what it says */
  async refused(command: string, options: RunOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.clone.run(command, options);
    assert.notEqual(code, 0, stdout);
    return stderr;
  }

  /** Runs a statement as the owner of the database. @returns its rows */
  async sql(statement: string, role = "gatehouse_owner"): Promise<string[]> {
    const db = await this.clone.stack.container("db");
    const psql = ["psql", "-U", "gatehouse", "--no-align", "--tuples-only", "--quiet"];
    const { code, output } = await exec(db, [
      ...psql,
      ...["--command", `SET ROLE ${role}`, "--command", statement],
    ]);
    assert.equal(code, 0, output);
    return output.split("\n").filter(Boolean);
  }

  async createTable(): Promise<void> {
    await this.sql(TABLE);
  }

  /** Sends a request to the application. */
  async ask(
    path: string,
  ): Promise<{ status: number; text: string; retryAfter: string | undefined }> {
    const url = `http://127.0.0.1:${this.clone.ports[0]}${path}`;
    const { status, text, headers } = await call(url, { agent: false, within: 30_000 });
    return { status, text, retryAfter: headers["retry-after"] };
  }

  async add(count: number): Promise<void> {
    for (let at = 0; at < count; at++) assert.equal((await this.ask("/add")).status, 200);
  }

  /** Checks through the application that every row has its file. @returns how many rows there are */
  async checked(): Promise<number> {
    const { rows, bad } = JSON.parse((await this.ask("/check")).text);
    assert.deepEqual(bad, []);
    return rows;
  }

  /** The backups that it has, the oldest first. */
  async backups(): Promise<(Backup & { readonly manifest: Manifest })[]> {
    const all = await listBackups(join(this.clone.root, "backups", this.clone.stack.project));
    return all.map((backup) => {
      assert.ok(backup.manifest);
      return { ...backup, manifest: backup.manifest };
    });
  }

  /** Makes a backup. */
  async backUp(env: Readonly<Record<string, string>> = {}) {
    await this.make("backup.ts", env);
    const backup = (await this.backups()).at(-1);
    assert.ok(backup);
    return backup;
  }

  /** A replica of the application, running or not: a deploy gives them other numbers. */
  async replica(): Promise<Docker.Container> {
    const [app] = await this.clone.stack.containers("app");
    assert.ok(app);
    return docker.getContainer(app.Id);
  }

  /** The names of what is in the media's folder, in order. */
  async media(): Promise<string[]> {
    const { output } = await exec(await this.replica(), ["ls", "-A", "/srv/media"]);
    return output.split("\n").filter(Boolean).sort();
  }

  /** The containers in which backups and restores work. */
  async toolboxes(): Promise<string[]> {
    const names = (await docker.listContainers({ all: true })).flatMap(({ Names }) => Names);
    return names.filter((name) => name.startsWith(`/${this.clone.stack.project}-backup-`));
  }

  /** Adds and removes at a steady rate until it is stopped. */
  writes(): { stop(): Promise<Writes> } {
    const stopping = new AbortController();
    const failures: string[] = [];
    const sent: Promise<void>[] = [];
    const send = async (path: string): Promise<void> => {
      const { status } = await this.ask(path).catch((error: Error) => ({ status: error.message }));
      if (status !== 200) failures.push(`${path}: ${status}`);
    };
    const sending = (async () => {
      const ticks = setInterval(1000 / RATE, undefined, { signal: stopping.signal });
      try {
        for await (const _ of ticks) sent.push(send(sent.length % 3 === 2 ? "/remove" : "/add"));
      } catch (error) {
        if (!stopping.signal.aborted) throw error;
      }
    })();
    return {
      stop: async () => {
        stopping.abort();
        await sending;
        await Promise.all(sent);
        return { sent: sent.length, failures };
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.clone[Symbol.asyncDispose]();
  }
}
