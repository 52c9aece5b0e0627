import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Where a service listens for verbs.
 * @param setting a path, "off", or "" for a name that is made from the service and its port
 * @returns undefined for nowhere
 */
export function controlPath(service: string, setting: string, port: number): string | undefined {
  if (setting === "off") return undefined;
  if (setting !== "") return setting;
  // A port that the system chooses is no name that anybody could find.
  if (port === 0) return undefined;
  return join(process.env.XDG_RUNTIME_DIR || tmpdir(), `${service}-${port}.ctl`);
}
