import type { Logger } from "@gatehouse/telemetry";
import type { Operations } from "./operations.ts";

/** What the primary does at a signal; gunicorn's meanings. The others stand in docs/gateway.md. */
export function followSignals(primary: Operations, logger: Logger): void {
  const actions: Readonly<Record<string, () => unknown>> = {
    SIGTERM: () => primary.drain(),
    SIGINT: () => primary.quit(),
    SIGQUIT: () => primary.quit(),
    SIGHUP: () => primary.reload(),
    SIGTTIN: () => primary.scale(primary.size + 1),
    SIGTTOU: () => primary.scale(Math.max(1, primary.size - 1)),
    SIGUSR1: () => primary.reopenLogs(),
    // Heard, since Node would end the process; gunicorn's users send it.
    SIGUSR2: () => {
      throw new Error("there is no upgrade of the primary in place: start a new gateway");
    },
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
