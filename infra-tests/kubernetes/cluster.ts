import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import type Docker from "dockerode";
import { until } from "../stack/deadline.ts";
import { docker, exec, logOf } from "../stack/docker.ts";
import { testLabel } from "../stack/projects.ts";
import { buildNode } from "./node-image.ts";

/** Where the clone lies in the node, and kubectl works. */
export const CLONE = "/clone";
const KUBECONFIG = "/etc/kubernetes/admin.kubeconfig";
const LOGS = ["kubelet", "kube-apiserver", "kube-controller-manager", "containerd"];

export interface Result {
  readonly code: number;
  readonly stdout: string;
  /** Both streams. */
  readonly output: string;
}

/** The kubelet and its pods see no cgroups but those of the container. Unknown to the client library's types. */
const OWN_CGROUPS = { CgroupnsMode: "private" };

/** A cluster of one node, in a privileged container on this machine. */
export class Cluster {
  readonly #container: Docker.Container;
  /** The node's address, which this machine reaches. */
  readonly address: string;

  private constructor(container: Docker.Container, address: string) {
    this.#container = container;
    this.address = address;
  }

  /**
   * Starts a cluster and waits until its node is ready. It is removed with its project.
   * @param root of the clone, which the node reads
   */
  static async start(project: string, root: string): Promise<Cluster> {
    const image = `${project}/node:local`;
    await buildNode(image);
    const container = await docker.createContainer({
      Image: image,
      Hostname: "node1",
      Labels: { [testLabel]: project },
      HostConfig: {
        Init: true,
        Privileged: true,
        ...OWN_CGROUPS,
        Binds: [`${root}:${CLONE}:ro`],
      },
    });
    await container.start();
    const { NetworkSettings } = await container.inspect();
    const cluster = new Cluster(container, NetworkSettings.Networks.bridge?.IPAddress ?? "");
    await until(
      "the node is ready",
      async () => {
        const ready = ["wait", "--for=condition=Ready", "node/node1", "--timeout=1s"];
        return (await cluster.try(...ready)).code === 0;
      },
      { within: 60_000, evidence: () => cluster.evidence() },
    );
    return cluster;
  }

  /** Runs kubectl in the clone. @returns what it wrote @throws Error with its output if it fails */
  async kubectl(...args: readonly string[]): Promise<string> {
    const { code, stdout, output } = await this.try(...args);
    if (code === 0) return stdout;
    throw new Error(`kubectl ${args.join(" ")}: exit code ${code}\n${output}`);
  }

  /** The same, with any exit code. */
  try(...args: readonly string[]): Promise<Result> {
    return this.#run(["kubectl", ...args]);
  }

  /** Gives kubectl a text by standard input. */
  async apply(manifests: string): Promise<string> {
    const { code, stdout, output } = await this.#run(["kubectl", "apply", "-f", "-"], manifests);
    if (code !== 0) throw new Error(`kubectl apply: exit code ${code}\n${output}`);
    return stdout;
  }

  /** Gives the node images of this machine, as a registry would. */
  async load(...images: readonly string[]): Promise<void> {
    const save = spawn("docker", ["save", ...images], { stdio: ["ignore", "pipe", "inherit"] });
    const { id } = this.#container;
    const ctr = ["ctr", "--namespace", "k8s.io", "images", "import", "-"];
    const load = spawn("docker", ["exec", "-i", id, ...ctr], {
      stdio: ["pipe", "ignore", "pipe"],
    });
    const said = text(load.stderr);
    const ended = new Promise<number | null>((done) => load.once("close", done));
    await pipeline(save.stdout, load.stdin);
    if ((await ended) !== 0) throw new Error(`the images cannot be loaded: ${await said}`);
  }

  /** Makes a folder of the node that every user may write, as provisioners of local volumes do. */
  async makeFolder(path: string): Promise<void> {
    const { code, output } = await exec(this.#container, ["install", "-d", "-m", "0777", path]);
    if (code !== 0) throw new Error(output);
  }

  /** Runs a program in the node. */
  async run(...command: readonly string[]): Promise<Result> {
    return await this.#run(command);
  }

  /** What the cluster says of itself, for the errors of tests. */
  async evidence(): Promise<string> {
    const tails = await Promise.all(
      LOGS.map((name) => this.#run(["tail", "-n", "8", `/var/log/${name}.log`])),
    );
    const pods = await this.try("get", "pods", "--all-namespaces", "--output=wide");
    const events = await this.try("events", "--all-namespaces", "--types=Warning");
    const last = events.output.split("\n").slice(-15).join("\n");
    const logs = tails.map(({ output }) => output);
    return [await logOf(this.#container, 10), pods.output, last, ...logs].join("\n");
  }

  async #run(command: readonly string[], input?: string): Promise<Result> {
    const { id } = this.#container;
    const settings = ["--env", `KUBECONFIG=${KUBECONFIG}`, "--workdir", CLONE];
    const child = spawn("docker", ["exec", "--interactive", ...settings, id, ...command], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        output += chunk;
      });
    }
    const stdout = text(child.stdout);
    const ended = new Promise<number | null>((done) => child.once("close", done));
    child.stdin.end(input ?? "");
    const code = await ended;
    return { code: code ?? -1, stdout: await stdout, output };
  }
}
