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

/** What the nodes share: the cluster's certificates, and the volumes of the pods. */
const SHARED = { certificates: "/etc/kubernetes", volumes: "/volumes" };

/** A node of the cluster. */
interface Node {
  readonly container: Docker.Container;
  /** Which this machine reaches. */
  readonly address: string;
}

/** A cluster of two nodes, each in a privileged container on this machine. */
export class Cluster {
  readonly #nodes: readonly [Node, Node];

  private constructor(nodes: readonly [Node, Node]) {
    this.#nodes = nodes;
  }

  /**
   * Starts a cluster and waits until its nodes are ready. It is removed with its project.
   * @param root of the clone, which the nodes read
   */
  static async start(project: string, root: string): Promise<Cluster> {
    const image = `${project}/node:local`;
    await buildNode(image);
    const Labels = { "com.docker.compose.project": project };
    const binds = [`${root}:${CLONE}:ro`];
    for (const [name, path] of Object.entries(SHARED)) {
      await docker.createVolume({ Name: `${project}_${name}`, Labels });
      binds.push(`${project}_${name}:${path}`);
    }
    const first = await startNode(project, image, binds, 1);
    await until(
      "the first node has the certificates",
      async () =>
        (await exec(first.container, ["test", "-s", "/etc/kubernetes/node2.kubeconfig"])).code ===
        0,
      { within: 30_000, evidence: () => logOf(first.container, 10) },
    );
    const second = await startNode(project, image, binds, 2, [`CONTROL=${first.address}`]);
    const cluster = new Cluster([first, second]);
    await cluster.#connect();
    await until(
      "the nodes are ready",
      async () => {
        const nodes = ["node/node1", "node/node2"];
        const ready = ["wait", "--for=condition=Ready", ...nodes, "--timeout=1s"];
        return (await cluster.try(...ready)).code === 0;
      },
      { within: 60_000, evidence: () => cluster.evidence() },
    );
    return cluster;
  }

  /** The first node's address, whose ports are those of every Service. */
  get address(): string {
    return this.#nodes[0].address;
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

  /** Gives the nodes images of this machine, as a registry would. */
  async load(...images: readonly string[]): Promise<void> {
    const save = spawn("docker", ["save", ...images], { stdio: ["ignore", "pipe", "inherit"] });
    const ctr = ["ctr", "--namespace", "k8s.io", "images", "import", "-"];
    await Promise.all(
      this.#nodes.map(async ({ container: { id } }) => {
        const load = spawn("docker", ["exec", "-i", id, ...ctr], {
          stdio: ["pipe", "ignore", "pipe"],
        });
        const said = text(load.stderr);
        const ended = new Promise<number | null>((done) => load.once("close", done));
        await pipeline(save.stdout, load.stdin);
        if ((await ended) !== 0) throw new Error(`the images cannot be loaded: ${await said}`);
      }),
    );
  }

  /** Makes a folder of the nodes that every user may write, as provisioners of local volumes do. */
  async makeFolder(path: string): Promise<void> {
    const { code, output } = await exec(this.#nodes[0].container, [
      "install",
      "-d",
      "-m",
      "0777",
      path,
    ]);
    if (code !== 0) throw new Error(output);
  }

  /** Runs a program in the first node. */
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
    return [await logOf(this.#nodes[0].container, 10), pods.output, last, ...logs].join("\n");
  }

  async #run(command: readonly string[], input?: string): Promise<Result> {
    const { id } = this.#nodes[0].container;
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

  /** Has each node know where the pods of the other are. */
  async #connect(): Promise<void> {
    for (const [at, { container }] of this.#nodes.entries()) {
      const other = 1 - at;
      const via = this.#nodes[other]?.address ?? "";
      const route = ["ip", "route", "add", `10.244.${other + 1}.0/24`, "via", via];
      const { code, output } = await exec(container, route);
      if (code !== 0) throw new Error(`${route.join(" ")}: ${output}`);
    }
  }
}

async function startNode(
  project: string,
  image: string,
  binds: readonly string[],
  index: number,
  environment: readonly string[] = [],
): Promise<Node> {
  const container = await docker.createContainer({
    Image: image,
    Hostname: `node${index}`,
    Env: [`NODE=${index}`, ...environment],
    Labels: { [testLabel]: project },
    HostConfig: { Init: true, Privileged: true, ...OWN_CGROUPS, Binds: [...binds] },
  });
  await container.start();
  const { NetworkSettings } = await container.inspect();
  return { container, address: NetworkSettings.Networks.bridge?.IPAddress ?? "" };
}
