import type Docker from "dockerode";
import { until } from "../stack/deadline.ts";
import { docker, logOf } from "../stack/docker.ts";
import { call } from "../stack/http.ts";
import { testLabel } from "../stack/projects.ts";
import { startSideEdge } from "../stack/side-edge.ts";
import type { Stack } from "../stack/stack.ts";
import type { ExampleSite } from "./sites.ts";

/** How long replicas have to be ready, in milliseconds on a quiet machine. */
const START = 60_000;

export interface ExampleOptions {
  /** What the replicas run; default: what the stack's `app` runs. */
  readonly image?: string | undefined;
  /** How many; default: one. */
  readonly count?: number;
}

/** Replicas with an example in their workers, and an edge in front of them. */
export class ExampleStack implements AsyncDisposable {
  readonly replicas: readonly Docker.Container[];
  /** Where the edge serves. */
  readonly origin: string;
  readonly #made: AsyncDisposableStack;

  private constructor(
    replicas: readonly Docker.Container[],
    origin: string,
    made: AsyncDisposableStack,
  ) {
    this.replicas = replicas;
    this.origin = origin;
    this.#made = made;
  }

  /**
   * Starts them beside those of a stack, on its network `back`, with what Compose gives to its `app` and
   * `web`: the same limits, user, root that cannot be written, volumes, secrets and settings.
   * @throws Error with the end of a log if one does not start; then nothing of them is left
   */
  static async start(
    stack: Stack,
    site: ExampleSite,
    { image, count = 1 }: ExampleOptions = {},
  ): Promise<ExampleStack> {
    await using made = new AsyncDisposableStack();
    const name = `example-${site.name.toLowerCase().replaceAll(/\W/g, "-")}`;
    const replicas: Docker.Container[] = [];
    for (let number = 0; number < count; number++) {
      const replica = await createReplica(stack, site, name, image);
      made.defer(() => replica.remove({ force: true }));
      replicas.push(replica);
      await replica.start();
    }
    const edge = made.use(await startSideEdge(stack, "web", [`WEB_UPSTREAM=${name}:8000`]));
    const started = new ExampleStack(replicas, edge.origin, made.move());
    try {
      await started.serves(site);
      return started;
    } catch (error) {
      await started[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * Waits until the edge has found every replica ready, whose quorum is all its workers.
   * @throws Error with the end of their logs if one does not start
   */
  async serves({ name }: ExampleSite): Promise<void> {
    const admin = new URL("/metrics", this.origin);
    admin.port = "9100";
    const ready = `web_upstream_replicas{state="ready"} ${this.replicas.length}`;
    const outcome = await until(
      `${name} is ready`,
      async () => {
        const isReady = (await call(admin.href)).text.split("\n").includes(ready);
        return isReady ? "ready" : (await this.#hasFailed()) && "failed";
      },
      { within: START, evidence: () => this.#logs(20) },
    );
    if (outcome === "failed") throw new Error(`${name} does not start: ${await this.#logs(20)}`);
  }

  /** Whether a replica has ended, or its application does not boot, which its gateway would try for long. */
  async #hasFailed(): Promise<boolean> {
    const all = this.replicas.map(
      async (replica) =>
        !(await replica.inspect()).State.Running ||
        (await logOf(replica, 20)).includes('"cause":"boot failed"'),
    );
    return (await Promise.all(all)).includes(true);
  }

  /** The workers that have sent a response for this target since their replica started, as "replica process". */
  async servedBy(target: string): Promise<Set<string>> {
    const all = await Promise.all(
      this.replicas.map(async (replica) => {
        const lines = (await logOf(replica)).split("\n").filter((line) => line.startsWith("{"));
        const read = lines.map((line): { message: string; target?: string; pid: number } =>
          JSON.parse(line),
        );
        const start = read.findLastIndex(({ message }) => message === "gateway starts");
        const access = read
          .slice(start)
          .filter((line) => line.message === "access" && line.target === target);
        return access.map(({ pid }) => `${replica.id} ${pid}`);
      }),
    );
    return new Set(all.flat());
  }

  /** Stops the replicas as Compose does. @returns the highest exit code, and all that they wrote */
  async stop(): Promise<{ code: number; output: string }> {
    const codes = await Promise.all(
      this.replicas.map(async (replica) => {
        await replica.stop({ t: 40 });
        return (await replica.inspect()).State.ExitCode;
      }),
    );
    return { code: Math.max(...codes), output: await this.#logs() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#made.disposeAsync();
  }

  async #logs(tail?: number): Promise<string> {
    return (await Promise.all(this.replicas.map((each) => logOf(each, tail)))).join("\n");
  }
}

async function createReplica(
  stack: Stack,
  { module }: ExampleSite,
  name: string,
  image?: string,
): Promise<Docker.Container> {
  const { Config, HostConfig } = await (await stack.container("app")).inspect();
  const back = await stack.network("back");
  const own = [`GATEWAY_APP=${module}`, "GATEWAY_QUORUM=100", "GATEWAY_LAME_DUCK=200"];
  const others = Config.Env.filter((each) => !own.some((one) => sameName(one, each)));
  return await docker.createContainer({
    Image: image ?? Config.Image,
    User: Config.User,
    Env: [...others, ...own],
    ...(Config.Cmd === null ? {} : { Cmd: Config.Cmd }),
    Healthcheck: { Test: ["NONE"] },
    Labels: { [testLabel]: stack.project },
    HostConfig: { ...HostConfig, NetworkMode: back, RestartPolicy: { Name: "no" } },
    NetworkingConfig: { EndpointsConfig: { [back]: { Aliases: [name] } } },
  });
}

const sameName = (one: string, other: string): boolean =>
  one.slice(0, one.indexOf("=")) === other.slice(0, other.indexOf("="));
