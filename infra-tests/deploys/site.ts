import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { slowness } from "@gatehouse/telemetry/testing";
import { FreshClone, type Outcome, type RunOptions } from "../first-run/fresh-clone.ts";
import { until } from "../stack/deadline.ts";
import { tails } from "../stack/logs.ts";
import { applicationOf, type Behaviour, MODULE } from "./application.ts";
import { type Counts, Load } from "./load.ts";

/** Requests per second on a quiet machine. */
const RATE = 100;

/** A clone of its own with a running stack, whose application the tests change as a developer does. */
export class Site implements AsyncDisposable {
  readonly clone: FreshClone;

  private constructor(clone: FreshClone) {
    this.clone = clone;
  }

  /**
   * Starts a stack with this release of the application.
   * @param lines more of .env
   * @param prepare writes more files into the clone
   */
  static async start(
    release: string,
    lines: readonly string[] = [],
    prepare: (site: Site) => Promise<void> = async () => {},
  ): Promise<Site> {
    const clone = await FreshClone.make();
    const site = new Site(clone);
    await clone.setEnv(`APP=${MODULE}`, ...lines);
    await site.write(release);
    await prepare(site);
    const { code, stdout, stderr } = await clone.run("up.ts");
    assert.equal(code, 0, `${stdout}${stderr}`);
    return site;
  }

  /** Changes the application in the working tree. */
  async write(release: string, behaviour: Behaviour = "serves"): Promise<void> {
    await writeFile(join(this.clone.root, MODULE), applicationOf(release, behaviour));
  }

  /** The lines of .env that name the release which runs: to write .env again without them starts another one. */
  async releaseLines(): Promise<string[]> {
    const text = await readFile(join(this.clone.root, ".env"), "utf8");
    return text.split("\n").filter((line) => /^(RELEASE|\w+_IMAGE)/.test(line));
  }

  /** Variables that have Compose read these lines too. */
  async composeLines(lines: string): Promise<{ COMPOSE_FILE: string }> {
    await writeFile(join(this.clone.root, "compose.extra.yaml"), `${lines}\n`);
    return { COMPOSE_FILE: "compose.yaml:compose.extra.yaml" };
  }

  /** The ids of the containers of these services. */
  async ids(...services: string[]): Promise<string[]> {
    const found = await Promise.all(services.map((each) => this.clone.stack.containers(each)));
    return found
      .flat()
      .map(({ Id }) => Id)
      .sort();
  }

  /**
   * Runs a command of the operator under a steady load.
   * @param through the release that responses must name at the end; default: any
   */
  async underLoad(
    t: TestContext,
    command: string,
    options: RunOptions & { readonly through?: string } = {},
  ): Promise<{ outcome: Outcome; counts: Counts }> {
    const load = this.load();
    t.after(() => load.stop());
    await until("the load runs", async () => load.ok > RATE, { within: 30_000 });
    const outcome = await this.clone.run(command, options);
    const { through } = options;
    const more = load.ok + RATE;
    await until("the load goes on", async () => load.ok > more, { within: 30_000 });
    if (through !== undefined) {
      assert.ok(
        load.of(through) > 0,
        `no response of ${through}: ${outcome.stdout}${outcome.stderr}`,
      );
    }
    const counts = await load.stop();
    t.diagnostic(`${command}, ${outcome.seconds.toFixed(1)} s: ${JSON.stringify(counts)}`);
    return { outcome, counts };
  }

  load(): Load {
    const [http, https] = this.clone.ports;
    const origins = { http: `http://127.0.0.1:${http}`, https: `https://127.0.0.1:${https}` };
    return new Load(origins, this.clone.root, RATE / slowness());
  }

  /** Checks by the client's own counts that no request was lost. */
  async assertNoneLost({ sent, ok, failures }: Counts): Promise<void> {
    assert.deepEqual(failures, {}, await tails(this.clone.stack, "web", "app"));
    assert.equal(ok, sent);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.clone[Symbol.asyncDispose]();
  }
}
