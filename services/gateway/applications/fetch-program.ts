import type { ServerResponse } from "node:http";
import type { Logger } from "@gatehouse/telemetry";
import type { Hooks, Peer } from "crossws";
import crossws from "crossws/adapters/node";
import { NodeRequest, sendNodeResponse } from "srvx/node";
import type { UpgradeListener } from "../http/upgrades.ts";
import { continueIfExpected, type Lifespan, type Program } from "./application.ts";

export type Fetch = (request: Request) => Response | Promise<Response>;

/** RFC 6455, 7.4.1: the server met a condition it did not expect. */
const UNEXPECTED = 1011;
/** Bytes; a larger message closes its connection with 1009. The default of ws is 100 MiB. */
const LARGEST_MESSAGE = 1024 ** 2;
/**
 * Frames of one message; one more closes its connection with 1008. Each takes more than 100 bytes in
 * memory, however small it is, for as long as the client likes. The default of ws is 16,384.
 */
const MOST_FRAGMENTS = 256;
/** Not written where it is used: the types of ws do not know all of it. */
const LIMITS = { maxPayload: LARGEST_MESSAGE, maxFragments: MOST_FRAGMENTS };

export function fetchProgram(
  fetch: Fetch,
  lifespan: Lifespan,
  upgrade: UpgradeListener | undefined,
): Program {
  return {
    ...lifespan,
    upgrade: () => upgrade,
    server: undefined,
    listens: false,
    listener: async (incoming, outgoing) => {
      continueIfExpected(incoming, outgoing);
      // The gateway has already removed every forwarded field that is not to be trusted.
      const request = new NodeRequest({ req: incoming, res: outgoing, trustProxy: true });
      await sendResponse(outgoing, await fetch(request));
    },
    respond: async (request, incoming, outgoing) => {
      continueIfExpected(incoming, outgoing);
      return await fetch(request);
    },
  };
}

/**
 * Sends a Response.
 * @throws what broke its body, after the connection has been broken; TypeError for no Response.
 */
export async function sendResponse(outgoing: ServerResponse, response: Response): Promise<void> {
  if (!response) throw new TypeError(`the application returned ${response} instead of a Response`);
  await sendNodeResponse(outgoing, response);
  if (outgoing.errored) throw outgoing.errored;
}

/** Serves crossws hooks. One that fails is logged and closes only its connection, with 1011. */
export function webSocketUpgrade(hooks: Partial<Hooks>, logger: Logger): UpgradeListener {
  const { upgrade, ...others } = hooks;
  const guarded = Object.entries(others).map(([name, hook]) => [
    name,
    async (peer: Peer, ...rest: unknown[]) => {
      try {
        await Reflect.apply(hook, hooks, [peer, ...rest]);
      } catch (error) {
        logger.error("application error in a websocket hook", { hook: name, error });
        peer.close(UNEXPECTED, "the application failed");
      }
    },
  ]);
  const adapter = crossws({
    hooks: { ...(upgrade && { upgrade }), ...Object.fromEntries(guarded) },
    serverOptions: LIMITS,
  });
  return (req, socket, head) =>
    adapter.handleUpgrade(req, socket, head, new NodeRequest({ req, trustProxy: true }));
}
