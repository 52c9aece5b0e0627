import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { openClone } from "../clone.ts";
import { run } from "../command.ts";
import { readEnvironment, valuesOf } from "../env/environment.ts";
import { chooseImages, ensureImages, imageOf } from "../images.ts";
import { temporaryFolder } from "../testing.ts";
import { compose, type Stack } from "./compose.ts";
import { listContainers } from "./containers.ts";

/** The stack of this repository, and the image of Postgres, which every machine that runs the tests has or gets. */
export async function ownStack(): Promise<{ readonly stack: Stack; readonly image: string }> {
  const clone = openClone();
  const settings = valuesOf(await readEnvironment(clone));
  const say = () => {};
  const { POSTGRES_IMAGE = "" } = await chooseImages(["POSTGRES_IMAGE"], say);
  const images = { ...settings, postgresImage: settings.postgresImage || POSTGRES_IMAGE };
  await ensureImages(images, ["postgres"], say);
  return { stack: { clone, settings }, image: imageOf(images, "postgres") };
}

/** The services of a small project, as Compose reads them from JSON. */
export type Services = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A project of Compose with services of the test's own, on an image that every stack has. */
export class ComposeProject implements AsyncDisposable {
  readonly name = `gatehouse-small-${randomUUID()}`;
  readonly stack: Stack;
  /** Its entry point is a shell with no command. */
  readonly image: string;

  private constructor(folder: string, stack: Stack, image: string) {
    const clone = openClone(folder);
    // Whatever the .env of this clone has.
    const none = { jobs: "", schedule: "" };
    this.stack = { clone, settings: { ...stack.settings, ...none, project: this.name } };
    this.image = image;
  }

  static async make(t: TestContext): Promise<ComposeProject> {
    const { stack, image } = await ownStack();
    const folder = await temporaryFolder(t);
    const project = new ComposeProject(folder, stack, image);
    t.after(() => project[Symbol.asyncDispose]());
    return project;
  }

  /** A service that waits until it is stopped. */
  idle(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
    return { image: this.image, entrypoint: ["sleep", "infinity"], init: true, ...more };
  }

  /** Writes compose.yaml. */
  async write(services: Services): Promise<void> {
    const model = { name: this.name, services };
    await writeFile(join(this.stack.clone.root, "compose.yaml"), JSON.stringify(model));
  }

  async up(...args: string[]): Promise<void> {
    const { code, output } = await compose(this.stack, ["up", "--detach", ...args]);
    assert.equal(code, 0, output);
  }

  /** The id of each container by its name. */
  async ids(): Promise<Record<string, string>> {
    const all = await listContainers(this.name);
    return Object.fromEntries(all.map(({ name, id }) => [name, id]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ids = (await listContainers(this.name)).map(({ id }) => id);
    if (ids.length > 0) await run("docker", ["rm", "--force", "--volumes", ...ids]);
    await run("docker", ["network", "rm", `${this.name}_default`]);
  }
}
