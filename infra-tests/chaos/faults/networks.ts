import { GATEWAY_PORT } from "../chaos-stack.ts";
import { cannotConnect } from "../evidence.ts";
import type { Fault } from "../fault.ts";

/** What happens between the tiers. */
export const networks: readonly Fault[] = [
  {
    name: "edge-and-replica-apart",
    title: "The network between the edge and one replica is cut",
    symptom: "`make status` shows the replica as not ready.",
    survives:
      "The edge sends requests to the other replica, and finds this one again at its new address.",
    todo: "Nothing on one host.",
    seconds: 8,
    bars: { mayFail: { post: 2 }, recovers: 0.5, slowest: 1500 },
    evidence: cannotConnect({ service: "web" }, async (stack) => {
      const host = await stack.addressOn("back", (await stack.container("app", 1)).id);
      return { host, port: GATEWAY_PORT };
    }),
    async begin(stack) {
      await stack.cut("back", await stack.container("app", 1));
    },
    async end(stack) {
      await stack.rejoin("back", "app", await stack.container("app", 1));
    },
  },
  {
    name: "replica-and-database-apart",
    title: "The network between one replica and the database is cut",
    symptom: "About half of the pages that need the database fail.",
    survives: "Pages without the database are served by both replicas.",
    todo: "`docker compose restart app`, once the network is there.",
    seconds: 8,
    bars: { mayFail: { rows: "all", post: "all" }, recovers: 5, slowest: 1000 },
    evidence: cannotConnect({ service: "app", number: 2 }, (stack) => stack.databaseProxy()),
    async begin(stack) {
      await stack.cut("data", await stack.container("app", 2));
    },
    async end(stack) {
      await stack.rejoin("data", "app", await stack.container("app", 2));
    },
  },
];
