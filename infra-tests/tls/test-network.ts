import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type Docker from "dockerode";
import { root } from "../stack/clone.ts";
import { docker } from "../stack/docker.ts";
import { newProjectName, removeLeftovers, removeProject, testLabel } from "../stack/projects.ts";
import { run } from "../stack/run.ts";
import { imageOf } from "../stack/tool.ts";

const USER = `${process.getuid?.() ?? 1000}:${process.getgid?.() ?? 1000}`;

/** A container on the network and its address, which this machine reaches too. */
export interface Running {
  readonly container: Docker.Container;
  readonly address: string;
}

interface ContainerOptions {
  readonly image: "web" | "tools";
  /** Its name on the network. */
  readonly name: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Host paths to read, by the path that they get in the container. */
  readonly mounts?: Readonly<Record<string, string>>;
  /** The most memory in bytes, swap included. */
  readonly memory?: number | undefined;
}

/** A network with an edge and the test tools, and nothing else of the stack. */
export class TestNetwork implements AsyncDisposable {
  readonly #project: string;
  readonly #network: string;
  /** A folder of the host for keys and certificates, readable for every container. */
  readonly folder = mkdtempSync(join(tmpdir(), "gatehouse-tls-"));

  private constructor(project: string, network: string) {
    this.#project = project;
    this.#network = network;
  }

  static async claim(): Promise<TestNetwork> {
    await removeLeftovers();
    const project = newProjectName();
    const base = ["--build-arg", `NODE_IMAGE=${imageOf("NODE_IMAGE")}`];
    for (const name of ["GOPROXY", "GOSUMDB"]) {
      // Docker takes the value from this environment.
      if (process.env[name] !== undefined) base.push("--build-arg", name);
    }
    const web = ["--target", "web", "--file", join(root, "Dockerfile.web"), root];
    for (const [image, context] of [
      ["web", web],
      ["tools", [import.meta.dirname]],
    ] as const) {
      const tag = ["--tag", `${project}/${image}:local`];
      const code = await run("docker", ["build", "--quiet", ...tag, ...base, ...context]);
      if (code !== 0) throw new Error(`${image} cannot be built: see the lines above`);
    }
    const labels = { "com.docker.compose.project": project };
    const network = await docker.createNetwork({ Name: `${project}_tls`, Labels: labels });
    return new TestNetwork(project, network.id);
  }

  /** Makes a key and a certificate for a name in the folder: NAME.key and NAME.crt. */
  async certify(name: string): Promise<void> {
    await this.runTool([
      ...["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"],
      ...["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`],
      ...["-keyout", `/folder/${name}.key`, "-out", `/folder/${name}.crt`],
    ]);
  }

  /** Runs a test tool to its end. @returns its output */
  async runTool(command: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)("docker", [
      ...["run", "--rm", "--user", USER, "--network", this.#network],
      ...["--label", `${testLabel}=${this.#project}`, "--volume", `${this.folder}:/folder`],
      ...[`${this.#project}/tools:local`, ...command],
    ]);
    return stdout;
  }

  async start({
    image,
    name,
    command,
    environment = {},
    mounts = {},
    memory,
  }: ContainerOptions): Promise<Running> {
    const container = await docker.createContainer({
      Image: `${this.#project}/${image}:local`,
      User: USER,
      ...(command && { Cmd: [...command] }),
      Env: Object.entries(environment).map(([variable, value]) => `${variable}=${value}`),
      Healthcheck: { Test: ["NONE"] },
      Labels: { [testLabel]: this.#project },
      HostConfig: {
        NetworkMode: this.#network,
        ...(memory !== undefined && { Memory: memory, MemorySwap: memory }),
        Binds: Object.entries(mounts).map(([inside, outside]) => `${outside}:${inside}`),
      },
      NetworkingConfig: { EndpointsConfig: { [this.#network]: { Aliases: [name] } } },
    });
    await container.start();
    const { NetworkSettings } = await container.inspect();
    const [joined] = Object.values(NetworkSettings.Networks);
    return { container, address: joined?.IPAddress ?? "" };
  }

  /** The echo application on plain Node, as the upstream of the edge. */
  startEcho(): Promise<Running> {
    const source =
      'import { createServer } from "node:http"; import echo from "/gatehouse/examples/echo.ts";' +
      'createServer(echo).listen(8000); createServer((_, response) => response.end("ready\\n")).listen(9200);';
    return this.start({
      image: "web",
      name: "app",
      command: ["node", "--input-type=module", "-e", source],
      mounts: { "/gatehouse/examples": join(root, "examples") },
    });
  }

  /** An edge in front of it, called `name`, with a certificate for that name. */
  async startEdge(
    name: string,
    environment: Readonly<Record<string, string>>,
    memory?: number,
  ): Promise<Running> {
    await this.certify(name);
    return this.start({
      image: "web",
      name,
      environment: {
        WEB_HOST: "0.0.0.0",
        WEB_UPSTREAM: "app:8000",
        WEB_TLS_CERTIFICATE: `/folder/${name}.crt`,
        WEB_TLS_KEY: `/folder/${name}.key`,
        ...environment,
      },
      mounts: { "/folder": this.folder },
      memory,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeProject(this.#project);
    rmSync(this.folder, { recursive: true });
  }
}
