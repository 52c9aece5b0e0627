import type { Verbs } from "@gatehouse/telemetry";
import type { Purge } from "../cache/invalidation.ts";
import { LIVE } from "../pause/mode.ts";
import type { WebSettings } from "../settings.ts";
import type { Operations } from "./operations.ts";
import type { Verb } from "./verb.ts";

const SECOND = 1000;
const LONGEST_PAUSE = 3600;

/** What each verb of the control socket does; it resolves when that is done. */
export function verbsOf(edge: Operations, settings: WebSettings): Verbs<Verb> {
  return {
    pause: async ([word]) => {
      const seconds = word === undefined ? settings.pauseLongest / SECOND : Number(word);
      if (!(seconds > 0 && seconds <= LONGEST_PAUSE)) {
        throw new Error(`pause: expected seconds from 1 to ${LONGEST_PAUSE}`);
      }
      const mode = { kind: "paused", longest: seconds * SECOND } as const;
      const left = await edge.enter(mode, settings.gracefulTimeout);
      return `paused: requests wait up to ${seconds} s; ${left} that came before are on their way`;
    },
    resume: async () => {
      if (edge.mode.kind === "maintenance") {
        throw new Error("the site is under maintenance, not paused: `live` ends that");
      }
      await edge.enter(LIVE, 0);
      return "live";
    },
    maintenance: async ([message]) => {
      await edge.enter({ kind: "maintenance", message: message || DEFAULT_MESSAGE }, 0);
      return "under maintenance: `live` ends it";
    },
    live: async () => {
      await edge.enter(LIVE, 0);
      return "live";
    },
    purge: async ([what, address]) => {
      const purge = purgeOf(what, address);
      const count = await edge.purge(purge);
      return `${count} ${count === 1 ? "address" : "addresses"} forgotten`;
    },
    reload: async () => {
      await edge.reload();
      return "reloaded";
    },
    status: async () => JSON.stringify(await edge.status(), undefined, 2),
  };
}

const DEFAULT_MESSAGE = "The site is being worked on. Please come back in a few minutes.";

function purgeOf(what: string | undefined, address: string | undefined): Purge {
  if (what === "all") return { what };
  const isAddress = address !== undefined && /^(\/|https?:\/\/[^/]+\/)/.test(address);
  if ((what === "address" || what === "prefix") && isAddress) return { what, address };
  throw new Error("purge: expected a path such as /news?page=2, a URL, or --all");
}
