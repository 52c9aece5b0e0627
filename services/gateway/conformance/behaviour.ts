import type { GatewayProcess } from "../testing/gateway-process.ts";

/** An example application that runs in a gateway of its own, with one worker. */
export interface Subject {
  /** Where it responses, without a slash at the end. */
  readonly url: string;
  readonly gateway: GatewayProcess;
}

/** What every application should show, whatever it is written with. */
export interface Behaviour {
  readonly name: string;
  check(subject: Subject): Promise<void>;
}
