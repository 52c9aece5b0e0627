import { setTimeout as pause } from "node:timers/promises";
import { Interruption } from "../interruption.ts";
import { printError } from "../print.ts";
import type { Connection } from "./connection.ts";
import { type RemoteCommand, stopScript } from "./remote-command.ts";

/** How often a server that cannot be reached is tried again, in milliseconds. */
const RETRY_EVERY = 2_000;

/**
 * Sends each signal that this process receives to a command on the server, until the server has it: the connection may
 * be lost just then. The command decides what a second one means, as it does here.
 */
export class Stop implements Disposable {
  readonly #connection: Connection;
  readonly #command: RemoteCommand;
  readonly #interruption: Interruption;
  #received = 0;
  #sent = 0;
  #sending: Promise<void> | undefined;
  #ended = false;

  constructor(connection: Connection, command: RemoteCommand) {
    this.#connection = connection;
    this.#command = command;
    this.#interruption = new Interruption(() => {
      if (this.#received === 0) {
        printError(`gatehouse: ${command.title} is being stopped on the server\n`);
      }
      this.#received += 1;
      this.#sending ??= this.#send();
    });
  }

  /** The first signal's exit code, if one was received. */
  get exitCode(): number | undefined {
    return this.#interruption.received?.exitCode;
  }

  async #send(): Promise<void> {
    while (this.#sent < this.#received && !this.#ended) {
      const received = this.#received;
      const { code } = await this.#connection.run(stopScript(this.#command));
      if (code === 0) this.#sent = received;
      else await pause(RETRY_EVERY, undefined, { ref: false });
    }
    this.#sending = undefined;
  }

  [Symbol.dispose](): void {
    this.#ended = true;
    this.#interruption[Symbol.dispose]();
  }
}
