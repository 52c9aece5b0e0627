import type { Logger } from "@gatehouse/telemetry";

/** What an operator can have the edge do by a signal. */
export interface Operations {
  drain(): Promise<void>;
  quit(): void;
  reload(): Promise<void>;
  reopenLogs(): Promise<void>;
}

/** What the primary does at a signal; nginx's and the gateway's meanings. */
export function followSignals(primary: Operations, logger: Logger): void {
  const actions: Readonly<Record<string, () => unknown>> = {
    SIGTERM: () => primary.drain(),
    SIGINT: () => primary.quit(),
    SIGHUP: () => primary.reload(),
    SIGUSR1: () => primary.reopenLogs(),
  };
  for (const [signal, action] of Object.entries(actions)) {
    process.on(signal, () => {
      logger.info("signal", { signal });
      Promise.try(action).catch((error: unknown) => {
        logger.error("signal without effect", { signal, reason: String(error) });
      });
    });
  }
}
