import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import type Docker from "dockerode";
import { placeFile } from "../chain/own-file.ts";
import { root, secretFile } from "../stack/clone.ts";
import { until } from "../stack/deadline.ts";
import { docker, exec, logOf } from "../stack/docker.ts";
import { type Ports, type StackEnvironment, stackEnvironment } from "../stack/environment.ts";
import { call } from "../stack/http.ts";
import { freePorts } from "../stack/ports.ts";
import { newProjectName, removeLeftovers, removeProject, testLabel } from "../stack/projects.ts";
import { Stack } from "../stack/stack.ts";
import { imageOf } from "../stack/tool.ts";

const FILES = ["compose.yaml", "infra-tests/compose.test.yaml", "infra-tests/chaos/compose.yaml"];
const APPLICATION = "infra-tests/chaos/application.ts";
const TOXIPROXY_PORT = 8474;
const DATABASE_PORT = 5432;
export const GATEWAY_PORT = 8000;
const GATEWAY_ADMIN_PORT = 9200;
const EDGE_ADMIN_PORTS = [9100, 9101];
const REPLICAS = [1, 2];
const QUICK = { within: 3000 };

/** How often each note is in the database. */
export type Stored = ReadonlyMap<string, number>;

/** A stack with an application that can be broken, and a proxy in front of its database. */
export class ChaosStack extends Stack implements AsyncDisposable {
  readonly #environment: StackEnvironment;
  /** A folder for what k6 writes. */
  readonly folder: string;
  #asset = "";

  private constructor(ports: Ports, folder: string) {
    super(newProjectName());
    this.folder = folder;
    this.#environment = stackEnvironment(this.project, ports, {
      APP: APPLICATION,
      BUILD_APP: "examples",
      EDGES: String(EDGE_ADMIN_PORTS.length),
      REPLICAS: String(REPLICAS.length),
    });
  }

  static async start(): Promise<ChaosStack> {
    await removeLeftovers();
    const folder = await mkdtemp(join(tmpdir(), "gatehouse-chaos-"));
    const stack = new ChaosStack(await freePorts(), folder);
    try {
      await stack.#compose("up", "--build", "--detach", "--wait", "--wait-timeout", "240");
      await stack.sql(
        "CREATE TABLE chaos_notes (note text)",
        "GRANT SELECT, INSERT ON chaos_notes TO gatehouse_site",
      );
      await stack.#connectDatabase();
      stack.#asset = await placeFile(stack, "chaos.css", "p { margin: 0 }");
      await stack.healed();
    } catch (error) {
      await stack[Symbol.asyncDispose]();
      throw error;
    }
    return stack;
  }

  /** The path of a file that the edge serves alone. */
  get asset(): string {
    return this.#asset;
  }

  get authority(): string {
    return secretFile("ca.crt");
  }

  /** Runs statements as the superuser of the database. @returns what was printed, columns with | */
  async sql(...statements: readonly string[]): Promise<string> {
    const psql = ["psql", "-U", "gatehouse", "-d", "gatehouse", "-v", "ON_ERROR_STOP=1", "-Atq"];
    const words = [...psql, ...statements.flatMap((one) => ["-c", one])];
    const { code, output } = await exec(await this.container("db"), words);
    if (code !== 0) throw new Error(`psql: ${output}`);
    return output.trim();
  }

  /** How often each note of a run is in the database. */
  async notesOf(run: string): Promise<Stored> {
    const rows = await this.sql(
      `SELECT note, count(*) FROM chaos_notes WHERE note LIKE '${run}-%' GROUP BY note`,
    );
    return new Map(
      rows.split("\n").flatMap((row): [string, number][] => {
        const [note, count] = row.split("|");
        return note === undefined || note === "" ? [] : [[note, Number(count)]];
      }),
    );
  }

  /** The admin port of a replica. */
  async adminOf(replica: number): Promise<string> {
    const { id } = await this.container("app", replica);
    return `${await this.addressOn("back", id)}:${GATEWAY_ADMIN_PORT}`;
  }

  /** Where a replica serves, without the edge. */
  async gatewayOf(replica: number): Promise<string> {
    const { id } = await this.container("app", replica);
    return `${await this.addressOn("back", id)}:${GATEWAY_PORT}`;
  }

  /** Sets the clocks of all edges and replicas to so many seconds after this machine's. */
  async setClocks(seconds: number): Promise<void> {
    const offset = `${seconds < 0 ? "" : "+"}${seconds}`;
    // A rename is atomic: no half of it is read.
    await this.inside("clock", `echo ${offset} > /clock/next && mv /clock/next /clock/offset`);
  }

  /** The admin port of each edge: all have the addresses of their ports' holder. */
  async edgeAdmins(): Promise<string[]> {
    const { id } = await this.container("edge-port");
    const address = await this.addressOn("back", id);
    return EDGE_ADMIN_PORTS.map((port) => `${address}:${port}`);
  }

  /** Where the application has its database: the proxy before it. */
  async databaseProxy(): Promise<{ host: string; port: number }> {
    const { id } = await this.container("toxiproxy");
    return { host: await this.addressOn("data", id), port: DATABASE_PORT };
  }

  /** Has one worker of a replica break itself (application.ts has the ways). */
  async breakWorker(replica: number, way: string): Promise<void> {
    await call(`http://${await this.gatewayOf(replica)}/break/${way}`, { method: "POST" });
  }

  /** Runs a line of shell in the first container of a service. @throws Error if it fails */
  async inside(service: string, line: string): Promise<void> {
    const { code, output } = await exec(await this.container(service), ["sh", "-c", line]);
    if (code !== 0) throw new Error(`${line}: ${output}`);
  }

  /**
   * Runs a line of shell on a volume, which is /volume there, in a container of its own: that of the volume's
   * service may not run.
   * @throws Error if it fails
   */
  async onVolume(volume: string, user: string, line: string): Promise<void> {
    const { code, output } = await this.#runOnce(volume, user, line);
    if (code !== 0) throw new Error(`${line}: ${output}`);
  }

  /** Kills all processes of a container but its first one, from inside. */
  async killProcesses(service: string): Promise<void> {
    await exec(await this.container(service), ["sh", "-c", "kill -9 -1"]);
  }

  /**
   * Kills a container, or all of a service, and starts it after a time, in milliseconds: the engine starts none by
   * itself that was killed through it.
   */
  async killContainer(service: string, { which = [1], after = 0 } = {}): Promise<void> {
    const containers = await Promise.all(which.map((number) => this.container(service, number)));
    await Promise.all(containers.map((container) => container.kill({ signal: "SIGKILL" })));
    await pause(after);
    await Promise.all(containers.map((container) => container.start()));
  }

  /** Breaks the connection to the database in one of toxiproxy's ways. */
  async addToxic(type: string, attributes: Readonly<Record<string, number>>): Promise<void> {
    for (const stream of ["upstream", "downstream"]) {
      await this.#toxiproxy("POST", "/proxies/db/toxics", { type, stream, attributes });
    }
  }

  async removeToxics(): Promise<void> {
    await this.#toxiproxy("POST", "/reset");
  }

  /** Waits until both replicas say that they are ready, and each kind of page is there. */
  async healed(): Promise<void> {
    const { http } = await this.addresses();
    const evidence = async () => (await logOf(await this.container("web"), 5)).slice(-2000);
    await until(
      "both replicas are ready, and pages are served 20 times in a row",
      async () => {
        // Docker's own checks are rare, and would find a mended container unhealthy for a minute.
        for (const replica of REPLICAS) {
          const { text } = await call(`http://${await this.adminOf(replica)}/readyz`, QUICK);
          if (text.trim() !== "ready") return false;
        }
        for (let count = 0; count < 20; count += 1) {
          const path = count % 2 === 0 ? "/page" : "/rows";
          if ((await call(http + path, QUICK)).status !== 200) return false;
        }
        return true;
      },
      { within: 60_000, evidence },
    );
  }

  /** Takes a container out of one of the project's networks. */
  async cut(network: string, container: Docker.Container): Promise<void> {
    const joined = docker.getNetwork(await this.network(network));
    await joined.disconnect({ Container: container.id });
  }

  /** Joins it again, by its service's name. It may get another address. */
  async rejoin(network: string, service: string, container: Docker.Container): Promise<void> {
    const joined = docker.getNetwork(await this.network(network));
    const EndpointConfig = { Aliases: [service] };
    await joined.connect({ Container: container.id, EndpointConfig });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeProject(this.project);
    await rm(this.folder, { recursive: true, force: true });
  }

  async #runOnce(volume: string, user: string, line: string) {
    const container = await docker.createContainer({
      Image: imageOf("NODE_IMAGE"),
      Cmd: ["sh", "-c", line],
      User: user,
      Labels: { [testLabel]: this.project },
      HostConfig: { Binds: [`${this.project}_${volume}:/volume`] },
    });
    try {
      await container.start();
      const { StatusCode } = await container.wait();
      return { code: StatusCode, output: await logOf(container) };
    } finally {
      await container.remove({ force: true });
    }
  }

  async #connectDatabase(): Promise<void> {
    const proxy = {
      name: "db",
      listen: `0.0.0.0:${DATABASE_PORT}`,
      upstream: `db:${DATABASE_PORT}`,
      enabled: true,
    };
    await until(
      "toxiproxy knows the database",
      async () => {
        await this.#toxiproxy("POST", "/proxies", proxy);
        return true;
      },
      { within: 10_000 },
    );
  }

  async #toxiproxy(method: string, path: string, body?: object): Promise<void> {
    const { id } = await this.container("toxiproxy");
    const origin = `http://${await this.addressOn("data", id)}:${TOXIPROXY_PORT}`;
    const response = await fetch(origin + path, { method, body: JSON.stringify(body ?? {}) });
    if (!response.ok) throw new Error(`toxiproxy ${path}: ${await response.text()}`);
  }

  async #compose(...words: readonly string[]): Promise<void> {
    const files = FILES.flatMap((file) => ["--file", file]);
    const env = { ...process.env, ...this.#environment };
    await promisify(execFile)("docker", ["compose", ...files, ...words], { cwd: root, env });
  }
}
