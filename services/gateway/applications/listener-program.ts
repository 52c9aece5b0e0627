import {
  continueIfExpected,
  type Lifespan,
  type Program,
  type RequestListener,
} from "./application.ts";
import { captureResponse } from "./captured-response.ts";
import { takeOverFields } from "./middleware.ts";

/** An application that is a Node `(request, response)` listener: Express, Koa's callback(). */
export function listenerProgram(listener: RequestListener, lifespan: Lifespan): Program {
  return {
    ...lifespan,
    upgrade: undefined,
    ...answers((request, response) => {
      continueIfExpected(request, response);
      return listener(request, response);
    }),
  };
}

/** Both ways of asking a listener: on Node's own response, and for a Response. */
export function answers(listener: RequestListener): Pick<Program, "listener" | "respond"> {
  return {
    listener,
    respond: (request, incoming, outgoing) => {
      takeOverFields(request, incoming);
      return captureResponse(listener, incoming, outgoing);
    },
  };
}
