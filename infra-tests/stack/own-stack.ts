import { existsSync } from "node:fs";
import { join } from "node:path";
import { DockerComposeEnvironment, Wait } from "testcontainers";
import { root, siteJobs, siteModule } from "./clone.ts";
import { type Ports, type StackEnvironment, stackEnvironment } from "./environment.ts";
import { layout } from "./layout.ts";
import { recordFailures } from "./logs.ts";
import { freePorts } from "./ports.ts";
import { newProjectName, removeLeftovers, removeProject } from "./projects.ts";
import { interruption } from "./run.ts";
import { chosenEdge, type Edge, Stack } from "./stack.ts";

/**
 * What is behind the edge: the gateway with the clone's own application or with an example, or the
 * contract's witness, which needs neither database nor one-shots.
 */
export type Application = "site" | "examples/echo.ts" | "witness";

/** The settings of the tests, and those of the application's stories where it has some. */
const FILES = [
  "compose.yaml",
  `${layout.testing}/compose.test.yaml`,
  `${layout.stories}/compose.yaml`,
].filter((file) => existsSync(join(root, file)));
const WITNESS = "infra-tests/contract/compose.witness.yaml";

/** A stack that this process starts, and removes with everything it created. */
export class OwnStack extends Stack implements AsyncDisposable {
  readonly #environment: StackEnvironment;
  #serves: Application | undefined;

  private constructor(ports: Ports) {
    super(newProjectName());
    this.#environment = stackEnvironment(this.project, ports, {});
  }

  /** Chooses a project name and ports. Nothing runs until `serve`. */
  static async claim(): Promise<OwnStack> {
    await removeLeftovers();
    return new OwnStack(await freePorts());
  }

  /** The application that it serves. */
  get serves(): Application | undefined {
    return this.#serves;
  }

  /** Starts or changes the project to serve the application, and waits until it is healthy. */
  async serve(application: Application, edge: Edge = chosenEdge()): Promise<void> {
    interruption().throwIfAborted();
    const failures = await recordFailures(this.project);
    try {
      const witness = application === "witness";
      await new DockerComposeEnvironment(root, witness ? [...FILES, WITNESS] : FILES)
        .withProjectName(this.project)
        // Ryuk would be another image to pull: `removeProject` cleans up instead.
        .withAutoCleanup(false)
        .withBuild()
        .withEnvironment({
          ...this.#environment,
          ...(witness ? {} : { APP: application === "site" ? siteModule() : application }),
          ...(application === "site" ? siteJobs() : {}),
          EDGE: edge,
          BUILD_APP: application.startsWith("examples/") ? "examples" : "app",
        })
        .withDefaultWaitStrategy(Wait.forHealthCheck())
        .withStartupTimeout(120_000)
        .up(witness ? ["edge-port", "app", "web"] : []);
      this.#serves = application;
      interruption().throwIfAborted();
    } catch (error) {
      interruption().throwIfAborted();
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`the test stack ${this.project} did not start: ${why}\n${failures.text()}`);
    } finally {
      failures.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeProject(this.project);
  }
}
