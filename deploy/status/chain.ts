import { run } from "../command.ts";
import { type Container, condition, listContainers } from "../stack/containers.ts";
import { type Interval, type Metrics, readMetrics } from "./metrics.ts";
import { Probe } from "./probe.ts";

/** What of /status of an edge or a gateway is shown. */
interface Status {
  readonly state: string;
  readonly mode?: { readonly kind: string };
  readonly size?: number;
  readonly waiting?: number;
  readonly workers: readonly {
    readonly state: string;
    readonly replicas?: readonly {
      readonly address: string;
      readonly state: string;
      readonly circuit: string;
    }[];
  }[];
}

/** A process of the chain, as it is now. */
export interface Member {
  readonly name: string;
  readonly service: string;
  /** The tag of its image. */
  readonly release: string;
  readonly addresses: readonly string[];
  /** Why there is nothing of it but its name. */
  readonly failure: string | undefined;
  readonly status: Status | undefined;
  readonly metrics: Metrics;
  /** Since the last reading; undefined at the first. */
  readonly interval: Interval | undefined;
}

export interface Chain {
  readonly project: string;
  readonly edges: readonly Member[];
  readonly gateways: readonly Member[];
  /** The condition of the database's container; undefined if there is none. */
  readonly database: string | undefined;
  /** What should run and does not, one sentence each. */
  readonly missing: readonly string[];
}

interface Sizes {
  readonly edges: number;
  readonly replicas: number;
}

interface Reading {
  readonly at: number;
  readonly metrics: Metrics;
}

/** Reads the chain of a Compose project again and again. */
export class ChainReader {
  readonly #project: string;
  readonly #expected: Readonly<Record<string, number>>;
  readonly #probes = new Map<string, Probe>();
  readonly #last = new Map<string, Reading>();

  /** @param edges how many of the web server should run, and of the application */
  constructor(project: string, { edges, replicas }: Sizes) {
    this.#project = project;
    this.#expected = { "edge-port": 1, web: edges, app: replicas, db: 1 };
  }

  /** The chain as it is now; undefined if the project has no container. */
  async read(): Promise<Chain | undefined> {
    const containers = await listContainers(this.#project);
    for (const id of this.#probes.keys()) {
      if (!containers.some((container) => container.id === id)) this.#forget(id);
    }
    if (containers.length === 0) return undefined;
    const tiers = containers.filter(({ service }) => service === "web" || service === "app");
    const described = await describe(tiers);
    const members = await Promise.all(
      tiers.map((container) => this.#member(container, described.get(container.id))),
    );
    const working = new Set(tiers.filter(works).map(({ name }) => name));
    const serving = members.filter(({ name }) => working.has(name));
    const gateways = members.filter(({ service }) => service === "app");
    const database = containers.find(({ service }) => service === "db");
    return {
      project: this.#project,
      edges: members.filter(({ service }) => service === "web"),
      gateways: gateways.sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true })),
      database: database === undefined ? undefined : condition(database),
      missing: [...this.#missing(containers), ...serving.flatMap(notReady)],
    };
  }

  end(): void {
    for (const probe of this.#probes.values()) probe.end();
  }

  async #member(
    container: Container,
    facts: Facts = { release: "", addresses: [] },
  ): Promise<Member> {
    const { id, name, service, state } = container;
    const same = { name, service, ...facts };
    const nothing = { status: undefined, metrics: new Map(), interval: undefined };
    if (state !== "running") {
      this.#forget(id);
      return { ...same, ...nothing, failure: endOf(container) };
    }
    const known = this.#probes.get(id);
    const probe = known === undefined || known.failed ? new Probe(id) : known;
    this.#probes.set(id, probe);
    try {
      const pages = await probe.read();
      const now = { at: performance.now(), metrics: readMetrics(pages.metrics) };
      const last = this.#last.get(id);
      this.#last.set(id, now);
      const interval = last && {
        before: last.metrics,
        after: now.metrics,
        seconds: (now.at - last.at) / 1000,
      };
      const status = pages.status as Status;
      return { ...same, status, metrics: now.metrics, interval, failure: undefined };
    } catch (error) {
      return { ...same, ...nothing, failure: error instanceof Error ? error.message : `${error}` };
    }
  }

  #forget(id: string): void {
    this.#probes.get(id)?.end();
    this.#probes.delete(id);
    this.#last.delete(id);
  }

  #missing(containers: readonly Container[]): string[] {
    return Object.entries(this.#expected).flatMap(([service, count]) => {
      const own = containers.filter((container) => container.service === service);
      const broken = own.filter((one) => !works(one));
      const lines = broken.map((one) => `${one.name} (${endOf(one)}): make logs says why`);
      const absent = count - own.length;
      if (absent > 0) {
        const what = count === 1 ? service : `${absent} of ${count} replicas of ${service}`;
        lines.push(`${what} does not exist: make up creates it`);
      }
      return lines;
    });
  }
}

const works = ({ state, health }: Container): boolean =>
  state === "running" && health !== "unhealthy";

/** The condition of a container that should run: also with code 0 it should not have ended. */
function endOf(container: Container): string {
  const { state, exitCode } = container;
  return exitCode === undefined ? condition(container) : `${state}, exit code ${exitCode}`;
}

/** What a process that runs says of itself, if it is not ready; or that it says nothing. */
function notReady({ name, failure, status }: Member): string[] {
  if (failure !== undefined) return [`${name} ${failure}`];
  return status?.state === "ready" ? [] : [`${name} is ${status?.state}`];
}

interface Facts {
  readonly release: string;
  readonly addresses: readonly string[];
}

interface Inspected {
  readonly Id: string;
  readonly Config: { readonly Image: string };
  readonly NetworkSettings: {
    readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>>;
  };
}

async function describe(containers: readonly Container[]): Promise<Map<string, Facts>> {
  if (containers.length === 0) return new Map();
  const { stdout } = await run("docker", ["inspect", ...containers.map(({ id }) => id)]);
  const all: Inspected[] = JSON.parse(stdout || "[]");
  return new Map(
    all.map(({ Id, Config, NetworkSettings }) => {
      const addresses = Object.values(NetworkSettings.Networks).map(({ IPAddress }) => IPAddress);
      return [Id, { release: Config.Image.split(":").at(-1) ?? "", addresses }];
    }),
  );
}
