import type Docker from "dockerode";
import { until } from "../stack/deadline.ts";
import { docker, logOf } from "../stack/docker.ts";
import { call } from "../stack/http.ts";
import { testLabel } from "../stack/projects.ts";
import { type SideEdge, startSideEdge } from "../stack/side-edge.ts";
import type { Stack } from "../stack/stack.ts";
import type { ExampleSite } from "./sites.ts";

/** How long a replica has to be ready, in milliseconds on a quiet machine. */
const START = 60_000;

/** A replica with an example in its workers, and an edge in front of it. */
export class ExampleStack implements AsyncDisposable {
  readonly #app: Docker.Container;
  readonly #edge: SideEdge;

  private constructor(app: Docker.Container, edge: SideEdge) {
    this.#app = app;
    this.#edge = edge;
  }

  /**
   * Starts both beside those of a stack, on its network `back`, with what Compose gives to its `app` and
   * `web`: the same limits, user, root that cannot be written, secrets and settings.
   * @param image what the replica runs; default: that of the stack's `app`
   */
  static async start(stack: Stack, site: ExampleSite, image?: string): Promise<ExampleStack> {
    const name = `example-${site.name.toLowerCase().replaceAll(/\W/g, "-")}`;
    const app = await startReplica(stack, site, name, image);
    try {
      const edge = await startSideEdge(stack, "web", [`WEB_UPSTREAM=${name}:8000`]);
      const started = new ExampleStack(app, edge);
      await started.#serves(site);
      return started;
    } catch (error) {
      await app.remove({ force: true });
      throw error;
    }
  }

  get origin(): string {
    return this.#edge.origin;
  }

  /** Waits until the edge has found the replica ready, whose quorum is all its workers. */
  async #serves({ name }: ExampleSite): Promise<void> {
    await until(`${name} responds`, async () => (await call(`${this.origin}/`)).status < 500, {
      within: START,
      every: 50,
      evidence: () => logOf(this.#app, 20),
    });
  }

  /** The processes whose workers have sent a response for this target. */
  async servedBy(target: string): Promise<Set<number>> {
    const lines = (await logOf(this.#app)).split("\n").filter((line) => line.startsWith("{"));
    const read = lines.map((line): { message: string; target?: string; pid: number } =>
      JSON.parse(line),
    );
    const access = read.filter((line) => line.message === "access" && line.target === target);
    return new Set(access.map(({ pid }) => pid));
  }

  /** Stops the replica as Compose does. @returns its exit code, and all that it wrote */
  async stop(): Promise<{ code: number; output: string }> {
    await this.#app.stop({ t: 40 });
    const { State } = await this.#app.inspect();
    return { code: State.ExitCode, output: await logOf(this.#app) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#app.remove({ force: true }), this.#edge[Symbol.asyncDispose]()]);
  }
}

async function startReplica(
  stack: Stack,
  { module }: ExampleSite,
  name: string,
  image?: string,
): Promise<Docker.Container> {
  const { Config, HostConfig } = await (await stack.container("app")).inspect();
  const back = await stack.network("back");
  const own = [`GATEWAY_APP=${module}`, "GATEWAY_QUORUM=100", "GATEWAY_LAME_DUCK=200"];
  const others = Config.Env.filter((each) => !own.some((one) => sameName(one, each)));
  const container = await docker.createContainer({
    Image: image ?? Config.Image,
    User: Config.User,
    Env: [...others, ...own],
    ...(Config.Cmd === null ? {} : { Cmd: Config.Cmd }),
    Healthcheck: { Test: ["NONE"] },
    Labels: { [testLabel]: stack.project },
    HostConfig: { ...HostConfig, NetworkMode: back, RestartPolicy: { Name: "no" } },
    NetworkingConfig: { EndpointsConfig: { [back]: { Aliases: [name] } } },
  });
  await container.start();
  return container;
}

const sameName = (one: string, other: string): boolean =>
  one.slice(0, one.indexOf("=")) === other.slice(0, other.indexOf("="));
