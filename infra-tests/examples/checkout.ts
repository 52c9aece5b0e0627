import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { contextOf } from "../stack/build-context.ts";
import { root } from "../stack/clone.ts";
import { imageOf } from "../stack/tool.ts";

const run = promisify(execFile);
const DOCKERFILE = "Dockerfile.app";

/** A checkout in which the application is replaced, as far as a build of its image needs one. */
export class Checkout implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** @param write writes the application into the folder that it gets: services/app */
  static async make(write: (application: string) => Promise<void>): Promise<Checkout> {
    const checkout = new Checkout(await mkdtemp(join(tmpdir(), "gatehouse-checkout-")));
    const dockerfile = await readFile(join(root, DOCKERFILE), "utf8");
    for (const path of [DOCKERFILE, ".dockerignore", ...contextOf(dockerfile)]) {
      await cp(join(root, path), join(checkout.folder, path), {
        recursive: true,
        filter: (source) => !source.includes("node_modules"),
      });
    }
    const application = join(checkout.folder, "services/app");
    await mkdir(application, { recursive: true });
    await write(application);
    return checkout;
  }

  /** Has npm write the packages of the application into the lock file. */
  async lock(...flags: string[]): Promise<void> {
    const args = ["install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--silent"];
    await run("npm", [...args, ...flags], { cwd: this.folder });
  }

  /**
   * Builds the image of the application.
   * @param image its name
   * @param module what the gateway loads
   * @returns the output of the build
   * @throws Error with the output
   */
  async build(image: string, module: string, ...flags: string[]): Promise<string> {
    const { stderr } = await run(
      "docker",
      [
        ...["build", "--progress", "plain", "--file", DOCKERFILE, "--target", "app"],
        ...["--build-arg", `NODE_IMAGE=${imageOf("NODE_IMAGE")}`, "--build-arg", `APP=${module}`],
        ...["--tag", image, ...flags, "."],
      ],
      { cwd: this.folder, maxBuffer: 16 * 1024 ** 2 },
    );
    return stderr;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
