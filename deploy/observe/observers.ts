import { readSettings, type Values } from "@gatehouse/settings";
import { bindError } from "../checks/ports.ts";
import type { Clone } from "../clone.ts";
import { type CommandResult, lastLine, run } from "../command.ts";
import { type Environment, valuesOf } from "../env/environment.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../problem.ts";
import { listContainers } from "../stack/containers.ts";
import { chooseObserveImages } from "./images.ts";
import { observeSettings } from "./settings.ts";

const FILE = "compose.observe.yaml";
const WAIT_SECONDS = "90";
const LOG_LINES = "15";

/** Prometheus and Alertmanager beside a stack: a Compose project of their own. */
export class Observers {
  readonly settings: Values<typeof observeSettings>;
  readonly #clone: Clone;
  readonly #observed: string;
  readonly #project: string;
  readonly #edges: number;
  readonly #replicas: number;
  readonly #hasJobs: boolean;

  /** @throws SettingError */
  constructor(clone: Clone, environment: Environment) {
    this.#clone = clone;
    this.settings = readSettings(
      observeSettings,
      { ...environment.file, ...process.env },
      [],
    ).values;
    const { project, edge, edges, replicas, jobs, schedule } = valuesOf(environment);
    this.#observed = project || clone.project;
    this.#project = `${this.#observed}-observe`;
    // Those made of nginx share one admin port.
    this.#edges = edge === "nginx" ? 1 : edges;
    this.#replicas = replicas;
    this.#hasJobs = jobs !== "" || schedule !== "";
  }

  /**
   * Starts them, or has them read changed rules.
   * @throws Problem that says why they cannot run
   */
  async start(say: (line: string) => void): Promise<void> {
    await this.#requireStack();
    await this.#requirePorts();
    const images = await chooseObserveImages(this.settings, say);
    const up = ["up", "--detach", "--wait", "--wait-timeout", WAIT_SECONDS, "--remove-orphans"];
    const { code, output } = await this.#compose(up, images);
    if (code !== 0) throw await this.#whyNot(output, images);
    await this.#reload("prometheus", images, ["promtool", "check", "config"], "prometheus.yaml");
    await this.#reload("alertmanager", images, ["amtool", "check-config"], "alertmanager.yaml");
  }

  /** Removes them. Their data stays unless `volumes` is set. @throws Problem */
  async stop(volumes: boolean): Promise<void> {
    const { code, output } = await this.#compose(["down", ...(volumes ? ["--volumes"] : [])]);
    if (code !== 0) {
      throw new Problem(`Prometheus and Alertmanager could not be removed: ${lastLine(output)}`);
    }
  }

  /** A file that is mounted changes in the container, and the program reads it at a HUP. */
  async #reload(
    service: string,
    images: Readonly<Record<string, string>>,
    check: readonly string[],
    file: string,
  ): Promise<void> {
    const path = `/etc/${service}/${file}`;
    const { code, output } = await this.#compose(["exec", "-T", service, ...check, path], images);
    if (code !== 0) {
      throw new Problem(`${service} goes on with its old rules: ${output.trim()}`);
    }
    await this.#compose(["kill", "--signal", "HUP", service], images);
  }

  async #requireStack(): Promise<void> {
    const exists = async (network: string) =>
      (await run("docker", ["network", "inspect", `${this.#observed}_${network}`])).code === 0;
    if (!(await exists("back"))) {
      throw new Problem(
        `there is nothing to observe: the stack ${this.#observed} does not run; make up starts it`,
        UNAVAILABLE_EXIT_CODE,
      );
    }
    if (this.#hasJobs && !(await exists("watch"))) {
      throw new Problem(
        `.env has JOBS or SCHEDULE, and the stack ${this.#observed} runs without such a container; make up starts it`,
        UNAVAILABLE_EXIT_CODE,
      );
    }
  }

  async #requirePorts(): Promise<void> {
    const own = await listContainers(this.#project);
    const { prometheusPort, alertmanagerPort } = this.settings;
    for (const [variable, port] of [
      ["OBSERVE_PROMETHEUS_PORT", prometheusPort],
      ["OBSERVE_ALERTMANAGER_PORT", alertmanagerPort],
    ] as const) {
      if (own.some(({ ports }) => ports.includes(`127.0.0.1:${port}->`))) continue;
      if ((await bindError("127.0.0.1", port)) !== "EADDRINUSE") continue;
      throw new Problem(
        `127.0.0.1:${port} is taken by another program: choose a port, make observe ${variable}=...`,
      );
    }
  }

  async #whyNot(output: string, images: Readonly<Record<string, string>>): Promise<Problem> {
    for (const { service, health, state } of await listContainers(this.#project)) {
      if (state === "running" && health === "healthy") continue;
      const logs = await this.#compose(
        ["logs", "--no-log-prefix", "--tail", LOG_LINES, service],
        images,
      );
      if (logs.output.trim() === "") continue;
      return new Problem(
        `${service} did not become healthy; the end of its log:\n${logs.output.trim()}`,
      );
    }
    return new Problem(`Prometheus and Alertmanager did not start: ${lastLine(output)}`);
  }

  #compose(
    args: readonly string[],
    images: Readonly<Record<string, string>> = {},
  ): Promise<CommandResult> {
    const { prometheusPort, alertmanagerPort, diskSize } = this.settings;
    const env = {
      OBSERVED_PROJECT: this.#observed,
      EDGES: String(this.#edges),
      REPLICAS: String(this.#replicas),
      OBSERVE_JOBS: this.#hasJobs ? "1" : "",
      OBSERVE_PROMETHEUS_PORT: String(prometheusPort),
      OBSERVE_ALERTMANAGER_PORT: String(alertmanagerPort),
      OBSERVE_DISK_SIZE: diskSize,
      ...images,
    };
    const file = ["--file", FILE, "--project-name", this.#project];
    return run("docker", ["compose", ...file, ...args], { cwd: this.#clone.root, env });
  }
}
