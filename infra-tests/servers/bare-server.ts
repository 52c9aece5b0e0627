import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import type Docker from "dockerode";
import { standInTag } from "../../deploy/bare-machine/base-images/stand-ins.ts";
import { isStandIn } from "../../deploy/images.ts";
import { until } from "../stack/deadline.ts";
import { docker, exec } from "../stack/docker.ts";
import { newProjectName, removeLeftovers, removeProject, testLabel } from "../stack/projects.ts";
import { run } from "../stack/run.ts";
import { imageOf } from "../stack/tool.ts";

/** What a server's image is built on: the stand-in, where the stack's own images are. */
export const DEBIAN = isStandIn(imageOf("NODE_IMAGE")) ? standInTag("debian") : "debian:trixie";

/** How long it may take until its sshd accepts connections, in milliseconds. */
const START = 60_000;

/** A container that plays a server as a provider hands it out: systemd, sshd, a key of root's, and no Docker. */
export class BareServer implements AsyncDisposable {
  readonly #project: string;
  readonly container: Docker.Container;
  readonly address: string;

  private constructor(project: string, container: Docker.Container, address: string) {
    this.#project = project;
    this.container = container;
    this.address = address;
  }

  /** @param key the public key that may be root there */
  static async start(key: string): Promise<BareServer> {
    await removeLeftovers();
    const project = newProjectName();
    const image = `${project}/server:local`;
    const code = await run("docker", [
      ...["build", "--quiet", "--tag", image, "--build-arg", `DEBIAN_IMAGE=${DEBIAN}`],
      join(import.meta.dirname, "bare"),
    ]);
    if (code !== 0) throw new Error("the bare server cannot be built: see the lines above");
    const volume = `${project}_engine`;
    const labels = { "com.docker.compose.project": project };
    await docker.createVolume({ Name: volume, Labels: labels });
    const container = await docker.createContainer({
      Image: image,
      // Where the host has the first version of cgroups, systemd uses it only with this setting.
      Env: ["SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1"],
      Labels: { [testLabel]: project },
      // On the bridge that every engine has: in a network of its own the names of the internet would be looked up at
      // an address that only this container knows, and none of those inside it. An engine needs "privileged",
      // and a file system of its own for its layers.
      HostConfig: {
        Privileged: true,
        Tmpfs: { "/tmp": "exec" },
        Binds: [`${volume}:/var/lib/docker`],
      },
    });
    await container.start();
    const { NetworkSettings } = await container.inspect();
    const [joined] = Object.values(NetworkSettings.Networks);
    const server = new BareServer(project, container, joined?.IPAddress ?? "");
    await server.sh(
      `printf '%s' '${key}' > /root/.ssh/authorized_keys; chmod 600 /root/.ssh/authorized_keys`,
    );
    await until("sshd accepts connections", () => server.accepts(22), { within: START });
    return server;
  }

  /** Runs a command as root in it. @throws Error if it fails */
  async sh(command: string): Promise<string> {
    const { code, output } = await exec(this.container, ["sh", "-c", command]);
    if (code !== 0) throw new Error(`${command}: exit code ${code}: ${output}`);
    return output;
  }

  /** Its public host key, as a line of the environment has it. */
  async hostKey(): Promise<string> {
    const line = await this.sh("cat /etc/ssh/ssh_host_ed25519_key.pub");
    return line.split(" ").slice(0, 2).join(" ");
  }

  /** Whether strangers can connect to a port. */
  async accepts(port: number): Promise<boolean> {
    const socket = connect({ host: this.address, port });
    const timer = setTimeout(() => socket.destroy(new Error("no connection")), 2_000);
    try {
      await once(socket, "connect");
      return true;
    } catch {
      return false;
    } finally {
      clearTimeout(timer);
      socket.destroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeProject(this.#project);
  }
}
