import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { slowness } from "@gatehouse/telemetry/testing";
import { isStandIn } from "../../deploy/images.ts";
import { type Counts, Load } from "../deploys/load.ts";
import type { Outcome } from "../first-run/fresh-clone.ts";
import { cloneEnvironment } from "../stack/clone.ts";
import { until } from "../stack/deadline.ts";
import { BareServer } from "./bare-server.ts";
import { Operator } from "./operator.ts";

/** Requests per second on a quiet machine. */
const RATE = 100;

/** A word that must be nowhere but in the application's own environment; not in this file either. */
export const SECRET = randomUUID();

/** Where the site is on the server. */
export const FOLDER = "/srv/shop";

/** A developer's machine and a bare server, with an environment that names it. */
export class RemoteSite implements AsyncDisposable {
  readonly operator: Operator;
  readonly server: BareServer;

  private constructor(operator: Operator, server: BareServer) {
    this.operator = operator;
    this.server = server;
  }

  static async claim(claimed = Operator.claim()): Promise<RemoteSite> {
    const operator = await claimed;
    try {
      const server = await BareServer.start(operator.publicKey.trim());
      return new RemoteSite(operator, server);
    } catch (error) {
      await operator[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Writes the environment "lab". @param lines more of it, instead of the host key if one is among them */
  async environment(...lines: string[]): Promise<void> {
    const images = Object.entries(cloneEnvironment()).filter(
      ([name, image]) => /^(NODE|POSTGRES)_IMAGE$/.test(name) && isStandIn(image),
    );
    await this.operator.write(
      "environments/lab.env",
      `${[
        `SERVER_HOST=${this.server.address}`,
        `SERVER_FOLDER=${FOLDER}`,
        "SERVER_SECRETS=environments/lab.secrets",
        "COMPOSE_PROJECT_NAME=shop",
        `PUBLISH_BIND=${this.server.address}`,
        ...["PUBLISH_HTTP_PORT=80", "PUBLISH_HTTPS_PORT=443", ...this.operator.settings],
        ...images.map(([name, image]) => `${name}=${image}`),
        ...lines,
      ].join("\n")}\n`,
    );
    await this.operator.write("environments/lab.secrets", `PASSWORD_OF_THE_SHOP=${SECRET}\n`);
  }

  /** Runs make in the operator's repository, for the server. */
  make(words: readonly string[], input?: string): Promise<Outcome> {
    return this.operator.make([...words, "TO=lab"], input);
  }

  /** The same, and it must succeed. */
  async makes(words: readonly string[], input?: string): Promise<Outcome> {
    const outcome = await this.make(words, input);
    assert.equal(outcome.code, 0, `make ${words.join(" ")}: ${outcome.stdout}${outcome.stderr}`);
    return outcome;
  }

  /** A steady load on the site, from this machine. */
  async load(): Promise<Load> {
    const { address } = this.server;
    const folder = join(this.operator.root, "..", "of-the-server");
    await mkdir(join(folder, "secrets"), { recursive: true });
    await writeFile(
      join(folder, "secrets", "ca.crt"),
      await this.server.sh(`cat ${FOLDER}/secrets/ca.crt`),
    );
    const load = new Load(
      { http: `http://${address}`, https: `https://${address}` },
      folder,
      RATE / slowness(),
    );
    await until("the load runs", async () => load.ok > RATE, { within: 60_000 });
    return load;
  }

  /** Stops a load after some more of it, which must have met this release. */
  async stop(load: Load, release: string): Promise<Counts> {
    const more = load.ok + RATE;
    await until("the load goes on", async () => load.ok > more, { within: 60_000 });
    const counts = await load.stop();
    assert.deepEqual(counts.failures, {});
    assert.equal(counts.ok, counts.sent);
    assert.ok((counts.releases[release] ?? 0) > 0, JSON.stringify(counts.releases));
    return counts;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.operator[Symbol.asyncDispose]();
  }
}

/** The command lines of all processes of this machine, those in containers included. */
export async function commandLines(): Promise<string> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = ids.map((id) => readFile(`/proc/${id}/cmdline`, "utf8").catch(() => ""));
  return (await Promise.all(lines)).join("\n");
}
