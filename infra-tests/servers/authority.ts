import { join } from "node:path";
import { until } from "../stack/deadline.ts";
import { docker, exec } from "../stack/docker.ts";
import { newProjectName, removeProject, testLabel } from "../stack/projects.ts";
import { run } from "../stack/run.ts";
import { DEBIAN } from "./bare-server.ts";

/** An ACME authority that knows the address of one name. */
export class Authority implements AsyncDisposable {
  readonly #project: string;
  /** Of its directory. */
  readonly url: string;
  /** The certificate of its own HTTPS, PEM. */
  readonly certificate: string;

  private constructor(project: string, address: string, certificate: string) {
    this.#project = project;
    this.url = `https://${address}:14000/dir`;
    this.certificate = certificate;
  }

  static async start(name: string, address: string): Promise<Authority> {
    const project = newProjectName();
    const image = `${project}/pebble:local`;
    const code = await run("docker", [
      ...["build", "--quiet", "--tag", image, "--build-arg", `DEBIAN_IMAGE=${DEBIAN}`],
      join(import.meta.dirname, "pebble"),
    ]);
    if (code !== 0) throw new Error("pebble cannot be built: see the lines above");
    const container = await docker.createContainer({
      Image: image,
      Labels: { [testLabel]: project },
      HostConfig: { ExtraHosts: [`${name}:${address}`] },
    });
    await container.start();
    const { NetworkSettings } = await container.inspect();
    const [joined] = Object.values(NetworkSettings.Networks);
    const certificate = await until(
      "pebble has a certificate",
      async () => {
        const { code, output } = await exec(container, ["cat", "/pebble.crt"]);
        return code === 0 && output.includes("END CERTIFICATE") && output;
      },
      { within: 30_000 },
    );
    return new Authority(project, joined?.IPAddress ?? "", certificate);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeProject(this.#project);
  }
}
