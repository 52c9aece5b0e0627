import { readFileSync, readlinkSync } from "node:fs";
import type { Logger } from "@gatehouse/telemetry";

const INTERVAL = 250;

/**
 * Watches for the moment when the holder of our network namespace has restarted with a new one.
 * Ours is then dead: no packet reaches it, and only a restart of our container joins the new
 * one. We wait until the holder has written the new name, because a container that starts
 * while its holder is down is not started again by Docker.
 */
export function watchNamespace(file: string, logger: Logger, lost: () => void): void {
  const own = readlinkSync("/proc/self/ns/net");
  const timer = setInterval(() => {
    const held = readHeld(file);
    if (held === undefined || held === own) return;
    clearInterval(timer);
    logger.error("the holder of the network namespace restarted: leaving, to join it again", {
      from: own,
      to: held,
    });
    lost();
  }, INTERVAL);
}

function readHeld(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim() || undefined;
  } catch {
    return undefined;
  }
}
