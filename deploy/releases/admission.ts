import { setTimeout } from "node:timers/promises";
import { run } from "../command.ts";
import { Problem } from "../problem.ts";
import { type Inspected, inspect } from "../stack/inspected.ts";
import { adminPage } from "./admin-page.ts";

/** How long the edge may take to notice a replica that comes or goes: some of its check intervals. */
const NOTICE_TIMEOUT = 60_000;

/** nginx looks the name up every second, and says nothing of its replicas. */
const NGINX_NOTICE_TIME = 2_000;

const INTERVAL = 300;

/**
 * The edge finds the replicas by their service's name on the network that they share. A new one joins
 * that network without the name at first: it can be reached, and gets no visitors.
 */
export class Admission {
  readonly #service: string;
  readonly #networks: readonly string[];

  /**
   * @param holder the container that the edge shares its networks with
   * @param service the name by which the edge finds the replicas
   */
  constructor(holder: Inspected, service = "app") {
    this.#service = service;
    this.#networks = Object.keys(holder.NetworkSettings.Networks);
  }

  isAdmitted(replica: Inspected): boolean {
    const shared = this.#shared(replica);
    return shared.every(([, { Aliases }]) => Aliases?.includes(this.#service) === true);
  }

  /** The address of a replica on the edge's network. */
  addressOf(replica: Inspected): string {
    return this.#shared(replica)[0]?.[1].IPAddress ?? "";
  }

  /** Takes the name from a container that does not run yet. */
  async withhold(id: string): Promise<void> {
    await this.#join(id, []);
  }

  /**
   * Gives it the name, and waits until these edges reach it.
   * @throws Problem if one does not
   */
  async admit(id: string, edges: readonly string[]): Promise<void> {
    const [replica] = await inspect([id]);
    if (replica === undefined) throw new Problem("a new replica has gone: run the command again");
    await this.#join(id, ["--alias", replica.Name.slice(1), "--alias", this.#service]);
    const [joined] = await inspect([id]);
    const address = joined === undefined ? "" : this.addressOf(joined);
    const noticed = await Promise.all(edges.map((edge) => untilNoticed(edge, address, true)));
    if (noticed.includes("unseen")) {
      throw new Problem(`the edge does not reach the new replica at ${address}: see make logs`);
    }
  }

  async #join(id: string, aliases: readonly string[]): Promise<void> {
    const [replica] = await inspect([id]);
    if (replica === undefined) return;
    for (const [network] of this.#shared(replica)) {
      await run("docker", ["network", "disconnect", network, id]);
      const { code, stderr } = await run("docker", ["network", "connect", ...aliases, network, id]);
      if (code !== 0) throw new Problem(`a replica cannot join ${network}: ${stderr.trim()}`);
    }
  }

  #shared({ NetworkSettings }: Inspected) {
    return Object.entries(NetworkSettings.Networks).filter(([name]) =>
      this.#networks.includes(name),
    );
  }
}

/** The states that an edge's workers see, by the addresses of the replicas. */
function statesIn(page: string): Map<string, Set<string>> {
  const { workers } = JSON.parse(page) as {
    workers: { replicas?: { address: string; state: string }[] }[];
  };
  const states = new Map<string, Set<string>>();
  for (const { address, state } of workers.flatMap(({ replicas = [] }) => replicas)) {
    states.set(address, (states.get(address) ?? new Set()).add(state));
  }
  return states;
}

/**
 * Waits until every worker of an edge sees a replica as ready, or none does any more.
 * @returns "unseen" if that takes too long, "not said" of an edge that says nothing of its replicas
 */
export async function untilNoticed(
  edge: string,
  address: string,
  ready: boolean,
): Promise<"seen" | "unseen" | "not said"> {
  const start = performance.now();
  while (performance.now() - start < NOTICE_TIMEOUT) {
    const page = await adminPage(edge, "/status");
    if (page === "no node") {
      await setTimeout(NGINX_NOTICE_TIME);
      return "not said";
    }
    if (page !== undefined) {
      const seen = statesIn(page).get(address) ?? new Set<string>();
      if (ready ? seen.size === 1 && seen.has("ready") : !seen.has("ready")) return "seen";
    }
    await setTimeout(INTERVAL);
  }
  return "unseen";
}
