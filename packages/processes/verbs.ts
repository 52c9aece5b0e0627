/** A verb as the command line gave it: `purge --prefix /news`. */
export interface VerbCall {
  readonly operand?: string | undefined;
  readonly flags: Readonly<Record<string, unknown>>;
}

export interface Verb<Service> {
  /** What the word after the verb is, such as "SECONDS"; without it no word is accepted. */
  readonly operand?: string;
  /** It is about one service, also where several share a folder of control sockets. */
  readonly alone?: true;
  /** Flags of its own. One called `watch` repeats the verb every second. */
  readonly flags?: Readonly<Record<string, "string" | "boolean">>;
  /** Runs in the service. Resolves with the result when done, rejects with the reason if not. */
  readonly run: (service: Service, call: VerbCall) => Promise<string>;
  /** Runs in the command, with the result; it is printed as a line where this is absent. */
  readonly show?: (result: string, call: VerbCall) => void;
}

export type VerbTable<Service> = Readonly<Record<string, Verb<Service>>>;
