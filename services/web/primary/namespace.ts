import { readFileSync, readlinkSync } from "node:fs";
import type { Logger } from "@gatehouse/telemetry";

const INTERVAL = 250;

/**
 * Calls `lost` when the holder of our network namespace has restarted with a new one. No packet
 * reaches the old one any more, and only a restart of our container joins the new one. The holder
 * must have written the new name before we exit: Docker does not restart a container while the
 * holder of its namespace is down.
 */
export function watchNamespace(file: string, logger: Logger, lost: () => void): void {
  const own = readlinkSync("/proc/self/ns/net");
  const timer = setInterval(() => {
    const held = readName(file);
    if (held === undefined || held === own) return;
    clearInterval(timer);
    logger.error("the holder of the network namespace restarted: the edge ends, to join it again", {
      from: own,
      to: held,
    });
    lost();
  }, INTERVAL);
}

function readName(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim() || undefined;
  } catch {
    return undefined;
  }
}
