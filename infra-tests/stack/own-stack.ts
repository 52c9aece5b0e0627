import { DockerComposeEnvironment, Wait } from "testcontainers";
import { root } from "./clone.ts";
import { keepLastWords } from "./logs.ts";
import { freePorts } from "./ports.ts";
import { interruption } from "./run.ts";
import { chosenEdge, type Edge, Stack } from "./stack.ts";
import { newProjectName, sweep, sweepLeftovers } from "./sweep.ts";

/**
 * What answers behind the edge: the application module that the gateway loads, or in the gateway's
 * place the contract's witness, which needs neither database nor one-shots.
 */
export type Application = "services/app/gateway.ts" | "examples/echo.ts" | "witness";

const FILES = ["compose.yaml", "infra-tests/compose.test.yaml"];
const WITNESS = "infra-tests/contract/compose.witness.yaml";

/** A stack that this process started, and takes down with everything it made. */
export class OwnStack extends Stack implements AsyncDisposable {
  readonly #environment: Record<string, string>;
  #serves: Application | undefined;

  private constructor([http, https]: readonly [number, number]) {
    super(newProjectName());
    this.#environment = {
      COMPOSE_PROJECT_NAME: this.project,
      PUBLISH_BIND: "127.0.0.1",
      PUBLISH_HTTP_PORT: String(http),
      PUBLISH_HTTPS_PORT: String(https),
      REPLICAS: "2",
    };
  }

  /** A project name and ports of its own; nothing runs until `serve`. */
  static async claim(): Promise<OwnStack> {
    await sweepLeftovers();
    return new OwnStack(await freePorts());
  }

  /** The application that it serves now. */
  get serves(): Application | undefined {
    return this.#serves;
  }

  /** Brings the project up, or changes it, so that the edge serves the application; waits for health. */
  async serve(application: Application, edge: Edge = chosenEdge()): Promise<void> {
    interruption.throwIfAborted();
    const words = await keepLastWords(this.project);
    try {
      const witness = application === "witness";
      await new DockerComposeEnvironment(root, witness ? [...FILES, WITNESS] : FILES)
        .withProjectName(this.project)
        // Ryuk is one more image to fetch: `sweep` cleans up instead.
        .withAutoCleanup(false)
        .withBuild()
        .withEnvironment({
          ...this.#environment,
          ...(witness ? {} : { APP: application }),
          EDGE: edge,
          BUILD_APP: application.startsWith("examples/") ? "examples" : "app",
        })
        .withDefaultWaitStrategy(Wait.forHealthCheck())
        .withStartupTimeout(120_000)
        .up(witness ? ["edge-port", "app", "web"] : []);
      this.#serves = application;
      interruption.throwIfAborted();
    } catch (error) {
      interruption.throwIfAborted();
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`the test stack ${this.project} did not come up: ${why}\n${words.said()}`);
    } finally {
      words.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await sweep(this.project);
  }
}
