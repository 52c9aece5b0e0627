import type { Logger } from "@gatehouse/telemetry";

/** What a service does at each signal. An action that throws or rejects is logged. */
export type SignalTable<Service> = Readonly<
  Partial<Record<NodeJS.Signals, (service: Service) => unknown>>
>;

export function followSignals<Service>(
  table: SignalTable<Service>,
  service: Service,
  logger: Logger,
): void {
  for (const [signal, action] of Object.entries(table)) {
    process.on(signal, () => {
      logger.info("signal", { signal });
      Promise.try(action, service).catch((error: unknown) => {
        logger.error("signal without effect", { signal, reason: String(error) });
      });
    });
  }
}

/** For workers: a signal to the process group reaches them too, but the primary alone decides. */
export function ignoreSignals(signals: readonly NodeJS.Signals[]): void {
  for (const signal of signals) process.on(signal, () => undefined);
}
