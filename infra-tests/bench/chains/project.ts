import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type Docker from "dockerode";
import { root } from "../../stack/clone.ts";
import { docker, exec } from "../../stack/docker.ts";
import { recordFailures } from "../../stack/logs.ts";
import { newProjectName, removeProject } from "../../stack/projects.ts";
import { interruption } from "../../stack/run.ts";
import { Stack } from "../../stack/stack.ts";

const execute = promisify(execFile);
/** Wide: a dozen servers start at once. */
const HEALTHY_WITHIN_S = 300;

/** A Compose project of this run: it is removed with everything in it. */
export class Project extends Stack implements AsyncDisposable {
  readonly #file: string;
  readonly #environment: Readonly<Record<string, string>>;

  /**
   * @param file the Compose file, from the root of the clone
   * @param environment its variables; they outrank those of `.env`
   */
  constructor(file: string, environment: Readonly<Record<string, string>>) {
    super(newProjectName());
    this.#file = file;
    this.#environment = environment;
  }

  /** Runs `docker compose`. @throws Error with its output, and with the logs of what failed */
  async compose(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    interruption().throwIfAborted();
    const failures = await recordFailures(this.project);
    try {
      await execute("docker", ["compose", "--file", this.#file, "--progress", "quiet", ...args], {
        cwd: root,
        env: {
          ...process.env,
          ...this.#environment,
          ...env,
          COMPOSE_PROJECT_NAME: this.project,
        },
      });
    } catch (error) {
      interruption().throwIfAborted();
      const why = (error as { stderr?: string }).stderr || String(error);
      throw new Error(`docker compose ${args.join(" ")} failed: ${why}\n${failures.text()}`);
    } finally {
      failures.close();
    }
  }

  /** Starts services, all by default, and waits until they are healthy. @throws Error */
  async up(services: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
    const patient = ["--wait", "--wait-timeout", String(HEALTHY_WITHIN_S)];
    await this.compose(["up", "--detach", "--no-build", ...patient, ...services], env);
  }

  /** Every container of a service. */
  async all(service: string): Promise<Docker.Container[]> {
    return (await this.containers(service)).map(({ Id }) => docker.getContainer(Id));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeProject(this.project);
  }
}

/** What a command prints in a container, without the space around it. @throws Error if it fails */
export async function printed(
  container: Docker.Container,
  ...command: readonly string[]
): Promise<string> {
  const { code, output } = await exec(container, command);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: ${output}`);
  return output.trim();
}

/** The versions of npm packages in a container, as "name version". */
export async function packageVersions(
  container: Docker.Container,
  folder: string,
  packages: readonly string[],
): Promise<string[]> {
  const script = `
    const { readFileSync } = require("node:fs");
    for (const name of ${JSON.stringify(packages)}) {
      const file = ${JSON.stringify(folder)} + "/node_modules/" + name + "/package.json";
      console.log(name + " " + JSON.parse(readFileSync(file, "utf8")).version);
    }
    console.log("Node " + process.versions.node)`;
  return (await printed(container, "node", "--eval", script)).split("\n");
}

/** The version of nginx in a container. */
export async function nginxVersion(container: Docker.Container): Promise<string> {
  const text = await printed(container, "nginx", "-v");
  return `nginx ${/nginx\/([\d.]+)/.exec(text)?.[1] ?? text}`;
}
