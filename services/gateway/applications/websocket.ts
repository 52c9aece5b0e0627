import type { Logger } from "@gatehouse/telemetry";
import type { Hooks, Peer } from "crossws";
import crossws from "crossws/adapters/node";
import { NodeRequest } from "srvx/node";
import type { UpgradeListener } from "./application.ts";

/** RFC 6455, 7.4.1: the server met a condition it did not expect. */
const UNEXPECTED = 1011;

/**
 * Serves crossws hooks. A hook that fails closes its own connection with 1011 and is logged;
 * it does not end the worker.
 */
export function webSocketUpgrade(hooks: Partial<Hooks>, logger: Logger): UpgradeListener {
  const { upgrade, ...others } = hooks;
  const guarded = Object.entries(others).map(([name, hook]) => [
    name,
    async (peer: Peer, ...told: unknown[]) => {
      try {
        await Reflect.apply(hook, hooks, [peer, ...told]);
      } catch (error) {
        logger.error("application error in a websocket hook", { hook: name, error });
        peer.close(UNEXPECTED, "the application failed");
      }
    },
  ]);
  const adapter = crossws({
    hooks: { ...(upgrade && { upgrade }), ...Object.fromEntries(guarded) },
  });
  return (req, socket, head) =>
    adapter.handleUpgrade(req, socket, head, new NodeRequest({ req, trustProxy: true }));
}
