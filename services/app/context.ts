type Fields = Readonly<Record<string, unknown>>;

export interface Logger {
  info(message: string, fields?: Fields): void;
  warn(message: string, fields?: Fields): void;
  error(message: string, fields?: Fields): void;
}

/** The part of the gateway's startup context that this application uses. */
export interface GatewayContext {
  readonly settings: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  readonly replica: string;
  readonly worker: { readonly id: number; readonly pid: number };
  /** Aborted when the worker begins to drain. */
  readonly signal: AbortSignal;
}
