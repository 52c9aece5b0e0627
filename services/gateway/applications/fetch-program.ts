import type { ServerResponse } from "node:http";
import { NodeRequest, sendNodeResponse } from "srvx/node";
import {
  continueIfExpected,
  type Lifespan,
  type Program,
  type UpgradeListener,
} from "./application.ts";

export type Fetch = (request: Request) => Response | Promise<Response>;

/** An application that answers a Request with a Response. */
export function fetchProgram(
  fetch: Fetch,
  lifespan: Lifespan,
  upgrade: UpgradeListener | undefined,
): Program {
  return {
    ...lifespan,
    upgrade,
    listener: async (incoming, outgoing) => {
      continueIfExpected(incoming, outgoing);
      // The gateway has already removed every forwarded header that is not to be trusted.
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
  if (!response) throw new TypeError(`the application answered ${response} instead of a Response`);
  await sendNodeResponse(outgoing, response);
  if (outgoing.errored) throw outgoing.errored;
}
