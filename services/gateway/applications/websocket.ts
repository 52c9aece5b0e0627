import type { Logger } from "@gatehouse/telemetry";
import type { Hooks, Peer } from "crossws";
import crossws from "crossws/adapters/node";
import { NodeRequest } from "srvx/node";
import type { UpgradeListener } from "./application.ts";

/** RFC 6455, 7.4.1: the server met a condition it did not expect. */
const UNEXPECTED = 1011;
/**
 * The largest message in bytes; a larger one closes its connection with 1009. ws itself would gather
 * 100 MiB for each connection. This is the default of Python's websockets.
 */
const LARGEST_MESSAGE = 1024 ** 2;

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
    serverOptions: { maxPayload: LARGEST_MESSAGE },
  });
  return (req, socket, head) =>
    adapter.handleUpgrade(req, socket, head, new NodeRequest({ req, trustProxy: true }));
}
