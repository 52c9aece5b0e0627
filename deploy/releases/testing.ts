import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { chmod, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { TestContext } from "node:test";
import { run } from "../command.ts";
import type { Stack } from "../stack/compose.ts";
import { listContainers } from "../stack/containers.ts";
import { ownStack } from "../stack/testing.ts";
import { temporaryFolder } from "../testing.ts";

/** A project whose containers do nothing: they are there to be stopped and started. */
export class IdleProject implements AsyncDisposable {
  readonly name = `gatehouse-idle-${randomUUID()}`;
  readonly stack: Stack;
  readonly #image: string;

  private constructor(stack: Stack, image: string) {
    const { clone, settings } = stack;
    this.stack = { clone, settings: { ...settings, project: this.name, jobs: "jobs.ts" } };
    this.#image = image;
  }

  static async make(t: TestContext): Promise<IdleProject> {
    const { stack, image } = await ownStack();
    const project = new IdleProject(stack, image);
    t.after(() => project[Symbol.asyncDispose]());
    return project;
  }

  /**
   * Starts a container that is one of the project's for Compose.
   * @param options of docker run
   * @returns its id
   */
  async start(service: string, ...options: string[]): Promise<string> {
    const compose = "com.docker.compose";
    const labels = [
      ...[`${compose}.project=${this.name}`, `${compose}.service=${service}`],
      ...[`${compose}.container-number=1`, `${compose}.oneoff=False`],
    ].flatMap((label) => ["--label", label]);
    const command = ["--init", "--entrypoint", "sleep", ...options, this.#image, "infinity"];
    const { code, stdout, output } = await run("docker", [
      "run",
      "--detach",
      ...labels,
      ...command,
    ]);
    assert.equal(code, 0, output);
    return stdout.trim();
  }

  /** Starts one that cannot start again once it has been stopped, and `cut` was called. */
  async startOnNetwork(service: string): Promise<{ cut(): Promise<void> }> {
    await run("docker", ["network", "create", this.name]);
    await this.start(service, "--network", this.name);
    return { cut: async () => void (await run("docker", ["network", "rm", this.name])) };
  }

  /** The state of each container by its service. */
  async states(): Promise<Record<string, string>> {
    const all = await listContainers(this.name);
    return Object.fromEntries(all.map(({ service, state }) => [service, state]));
  }

  /** Has the engine refuse to stop one container, as it does when a security module is in its way. */
  async refuseToStop(t: TestContext, id: string): Promise<void> {
    const folder = await temporaryFolder(t);
    const path = process.env.PATH ?? "";
    const docker = (await run("sh", ["-c", "command -v docker"])).stdout.trim();
    const script = `#!/bin/sh
case "$*" in "stop "*${id}*)
  shift
  for each; do test "$each" = ${id} || ${docker} stop "$each"; done
  echo "Error response from daemon: cannot stop container: ${id}: permission denied" >&2
  exit 1
esac
exec ${docker} "$@"
`;
    await writeFile(join(folder, "docker"), script);
    await chmod(join(folder, "docker"), 0o755);
    process.env.PATH = `${folder}${delimiter}${path}`;
    t.after(() => {
      process.env.PATH = path;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ids = (await listContainers(this.name)).map(({ id }) => id);
    if (ids.length > 0) await run("docker", ["rm", "--force", ...ids]);
    await run("docker", ["network", "rm", this.name]);
  }
}
