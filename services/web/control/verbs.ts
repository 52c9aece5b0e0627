import type { VerbCall, VerbTable } from "@gatehouse/processes";
import type { Purge } from "../cache/invalidation.ts";
import { isShare, LIVE, type Mode } from "../pause/mode.ts";
import { PASS_SUM } from "../pause/pass.ts";
import type { WebSettings } from "../settings.ts";

/** What an operator can have a running edge do, by a verb or a signal. */
export interface Operations {
  readonly settings: WebSettings;
  readonly mode: Mode;
  status(): Promise<unknown>;
  /** @throws Error with the reason; then the old site and certificates keep serving. */
  reload(): Promise<void>;
  /**
   * Puts all workers into a mode, and waits until earlier requests have ended.
   * @param timeout milliseconds that they may take
   * @returns how many are still in flight
   * @throws Error when the mode cannot be kept over a restart; then nothing has changed.
   */
  setMode(mode: Mode, timeout: number): Promise<number>;
  /**
   * Gives a share of the clients the replicas of `NAME-canary`.
   * @param percent from 0, for none, to 100
   * @throws Error when it cannot be kept over a restart; then nothing has changed.
   */
  setCanary(percent: number): void;
  /** Resolves with how many addresses were removed from the cache. */
  purge(purge: Purge): Promise<number>;
  reopenLogs(): Promise<void>;
  drain(): Promise<void>;
  quit(): void;
}

const SECOND = 1000;
const LONGEST_PAUSE = 3600;
const DEFAULT_MESSAGE = "The site is being worked on. Please come back in a few minutes.";

export const VERBS: VerbTable<Operations> = {
  pause: {
    operand: "SECONDS",
    run: async (edge, { operand }) => {
      const { pauseLongest, gracefulTimeout } = edge.settings;
      const seconds = operand === undefined ? pauseLongest / SECOND : Number(operand);
      if (!(seconds > 0 && seconds <= LONGEST_PAUSE)) {
        throw new Error(`pause: expected seconds from 1 to ${LONGEST_PAUSE}`);
      }
      const mode = { kind: "paused", longest: seconds * SECOND } as const;
      const inFlight = await edge.setMode(mode, gracefulTimeout);
      return `paused: requests wait up to ${seconds} s; earlier requests still in flight: ${inFlight}`;
    },
  },
  resume: {
    run: async (edge) => {
      if (edge.mode.kind === "maintenance") {
        throw new Error("the site is under maintenance, not paused: `live` ends that");
      }
      await edge.setMode(LIVE, 0);
      return "live";
    },
  },
  maintenance: {
    flags: { message: "string", pass: "string" },
    run: async (edge, { flags }) => {
      const message = String(flags.message || DEFAULT_MESSAGE);
      const pass = flags.pass === undefined ? undefined : String(flags.pass);
      if (pass !== undefined && !PASS_SUM.test(pass)) {
        throw new Error("maintenance: --pass takes the SHA-256 of a word, 64 hexadecimal digits");
      }
      await edge.setMode({ kind: "maintenance", message, pass }, 0);
      return "under maintenance: `live` ends it";
    },
  },
  live: {
    run: async (edge) => {
      await edge.setMode(LIVE, 0);
      return "live";
    },
  },
  canary: {
    operand: "PERCENT",
    run: async (edge, { operand = "" }) => {
      const percent = operand === "" ? Number.NaN : Number(operand);
      if (!isShare(percent)) throw new Error("canary: expected a number from 0 to 100");
      edge.setCanary(percent);
      return percent === 0 ? "no canary" : `a canary gets ${percent} % of the clients`;
    },
  },
  purge: {
    operand: "ADDRESS",
    flags: { prefix: "boolean", all: "boolean" },
    run: async (edge, call) => {
      const count = await edge.purge(purgeOf(call));
      return `${count} ${count === 1 ? "address" : "addresses"} removed from the cache`;
    },
  },
  reload: {
    run: async (edge) => {
      await edge.reload();
      return "reloaded";
    },
  },
  status: {
    alone: true,
    run: async (edge) => JSON.stringify(await edge.status(), undefined, 2),
  },
};

function purgeOf({ operand: address, flags: { all, prefix } }: VerbCall): Purge {
  if (all && prefix) throw new Error("purge: --all or --prefix, not both");
  if (all && address !== undefined) throw new Error("purge: --all takes no address");
  if (all) return { what: "all" };
  if (address === undefined || !/^(\/|https?:\/\/[^/]+\/)/.test(address)) {
    throw new Error("purge: expected a path such as /news?page=2, a URL, or --all");
  }
  return { what: prefix ? "prefix" : "address", address };
}
