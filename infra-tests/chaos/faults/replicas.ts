import { readdress } from "../../chain/readdress.ts";
import { changed, stateIs } from "../evidence.ts";
import type { Fault } from "../fault.ts";
import { freeze } from "./freeze.ts";

/** What happens to one of the two replicas of the application. */
export const replicas: readonly Fault[] = [
  {
    name: "replica-killed",
    title: "A replica is killed",
    symptom: "`docker ps` shows one replica less; the edge logs that it is not ready.",
    survives:
      "The edge sends what may be repeated to the other replica, and asks the lost one again when it is ready.",
    todo: "`docker compose up --detach --no-recreate` starts what was stopped by hand. A replica that crashes is started by Docker.",
    seconds: 6,
    bars: { mayFail: { post: 2 }, recovers: 0.5, slowest: 1500 },
    evidence: stateIs("exited", "app", 1),
    async begin(stack) {
      await (await stack.container("app", 1)).kill({ signal: "SIGKILL" });
    },
    async end(stack) {
      await (await stack.container("app", 1)).start();
    },
  },
  {
    name: "replica-frozen",
    title: "A replica is frozen with requests in it",
    symptom: "Single requests take long; `make status` shows the replica as not ready.",
    survives:
      "What may be repeated is sent to the other replica as soon as the frozen one misses its liveness checks; a POST waits, and is never sent twice.",
    todo: "Find why the host stops its processes: memory pressure, a paused container.",
    seconds: 8,
    bars: { mayFail: { post: "all" }, recovers: 0.5, slowest: 1500 },
    ...freeze("app", 2),
  },
  {
    name: "replica-moved",
    title: "A replica comes back with another address",
    symptom: "None.",
    survives: "The edge asks Docker's DNS for its replicas twice a second.",
    todo: "Nothing.",
    seconds: 10,
    bars: { recovers: 0.5, slowest: 1500 },
    evidence: changed(
      async (stack) => await stack.addressOn("back", (await stack.container("app", 1)).id),
      (before, now) => now !== before && `app-1 had the address ${before}, and has ${now}`,
    ),
    async begin(stack) {
      await using _ = await readdress(stack, await stack.container("app", 1));
    },
  },
];
