import { execFile } from "node:child_process";
import { chmod, cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "../stack/clone.ts";
import { freePorts } from "../stack/ports.ts";
import { newProjectName, removeLeftovers, removeProject } from "../stack/projects.ts";
import { Stack } from "../stack/stack.ts";

const execute = promisify(execFile);
const RULES = join(root, "deploy/observe/prometheus");

/** By this factor the windows of the rules are shorter, so that a fault is an alert within seconds. */
const SCALE = 12;

const STACK_FILES = [
  "compose.yaml",
  "infra-tests/compose.test.yaml",
  "infra-tests/observe/compose.yaml",
];

export interface Result {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

interface QueryResponse {
  readonly data: { readonly result: Result[] };
  readonly error?: string;
}

/** A stack of the echo application with faults, and what `make observe` puts beside it. */
export class ObservedStack extends Stack implements AsyncDisposable {
  readonly prometheus: string;
  readonly alertmanager: string;
  readonly #environment: Readonly<Record<string, string>>;
  #folder: string | undefined;

  private constructor(ports: readonly number[]) {
    super(newProjectName());
    const [http, https, prometheus, alertmanager] = ports.map(String);
    this.prometheus = `http://127.0.0.1:${prometheus}`;
    this.alertmanager = `http://127.0.0.1:${alertmanager}`;
    this.#environment = {
      COMPOSE_PROJECT_NAME: this.project,
      PUBLISH_BIND: "127.0.0.1",
      PUBLISH_HTTP_PORT: http ?? "",
      PUBLISH_HTTPS_PORT: https ?? "",
      REPLICAS: "2",
      GATEWAY_WORKERS: "2",
      JOBS: "",
      SCHEDULE: "examples/schedule-under-test.ts",
      EDGE: "web",
      EDGES: "1",
      OBSERVE_PROMETHEUS_PORT: prometheus ?? "",
      OBSERVE_ALERTMANAGER_PORT: alertmanager ?? "",
    };
  }

  /** Starts a stack, nothing beside it yet. */
  static async start(): Promise<ObservedStack> {
    await removeLeftovers();
    const stack = new ObservedStack([...(await freePorts()), ...(await freePorts())]);
    const up = ["up", "--build", "--detach", "--wait", "--wait-timeout", "240"];
    const application = { APP: "infra-tests/observe/faulty.ts", BUILD_APP: "examples" };
    await stack.#run("docker", [...composeWords(STACK_FILES), ...up], application);
    return stack;
  }

  /** The project of Prometheus and Alertmanager. */
  get observers(): Stack {
    return new Stack(`${this.project}-observe`);
  }

  /** Runs a program of `deploy/` for this stack. @returns what it printed. @throws if it fails */
  async operate(program: string, ...words: string[]): Promise<string> {
    return await this.#run(process.execPath, [join(root, "deploy", program), ...words]);
  }

  /** Starts Prometheus again, with scrapes every second and rules whose windows are shorter. */
  async scaleWindows(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), "gatehouse-observe-"));
    const rules = join(this.#folder, "prometheus");
    await cp(RULES, rules, { recursive: true });
    for (const file of await readdir(join(rules, "rules"))) {
      const path = join(rules, "rules", file);
      await writeFile(path, scaled(await readFile(path, "utf8")));
    }
    const config = join(rules, "prometheus.yaml");
    const text = await readFile(config, "utf8");
    await writeFile(config, text.replaceAll(/: [45]s$/gm, ": 1s"));
    // Prometheus has a user of its own.
    await chmod(this.#folder, 0o755);
    const override = join(this.#folder, "compose.yaml");
    const volumes = `["${rules}:/etc/prometheus:ro"]`;
    await writeFile(override, `services: { prometheus: { volumes: ${volumes} } }\n`);
    const images = (await this.operate("observe.ts", "images")).matchAll(/^(\w+_IMAGE)=(\S+)$/gm);
    const files = composeWords(["compose.observe.yaml", override]);
    const up = ["--project-name", `${this.project}-observe`, "up", "--detach", "--wait"];
    await this.#run("docker", [...files, ...up], {
      OBSERVED_PROJECT: this.project,
      OBSERVE_JOBS: "1",
      ...Object.fromEntries([...images].map(([, name, image]) => [name, image])),
    });
  }

  /** The present results of a PromQL expression. */
  async query(expression: string): Promise<Result[]> {
    const parameters = new URLSearchParams({ query: expression });
    const response = await fetch(`${this.prometheus}/api/v1/query?${parameters}`);
    const { data, error } = (await response.json()) as QueryResponse;
    if (error !== undefined) throw new Error(`${expression}: ${error}`);
    return data.result;
  }

  /** Whether Prometheus has an alert that fires. A query also finds those from before a restart. */
  async fires(): Promise<boolean> {
    const response = await fetch(`${this.prometheus}/api/v1/alerts`);
    const { data } = (await response.json()) as { data: { alerts: { state: string }[] } };
    return data.alerts.some(({ state }) => state === "firing");
  }

  /** The names of the alerts that Alertmanager has. */
  async alerts(): Promise<string[]> {
    const response = await fetch(`${this.alertmanager}/api/v2/alerts`);
    const alerts = (await response.json()) as { labels: { alertname: string } }[];
    return alerts.map(({ labels }) => labels.alertname);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeProject(this.observers.project);
    await removeProject(this.project);
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true });
  }

  async #run(
    program: string,
    words: readonly string[],
    more: Readonly<Record<string, string | undefined>> = {},
  ): Promise<string> {
    const env = { ...process.env, ...this.#environment, ...more };
    const { stdout } = await execute(program, [...words], { cwd: root, env });
    return stdout;
  }
}

const composeWords = (files: readonly string[]): string[] => [
  "compose",
  ...files.flatMap((file) => ["--file", file]),
];

/** Rules with every window and every `for` shorter by SCALE. */
export function scaled(rules: string): string {
  const shorter = (time: string): string => {
    const [, count, unit = ""] = /^(\d+)([smhd])$/.exec(time) ?? [];
    const seconds = Number(count) * ({ s: 1, m: 60, h: 3600, d: 86_400 }[unit] ?? Number.NaN);
    return `${Math.round((seconds * 1000) / SCALE)}ms`;
  };
  return rules
    .replaceAll(/\[(\w+)\]/g, (_, time) => `[${shorter(time)}]`)
    .replaceAll(/(offset|for:) (\w+)/g, (_, word, time) => `${word} ${shorter(time)}`);
}
