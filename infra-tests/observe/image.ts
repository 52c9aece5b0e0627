import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { root } from "../stack/clone.ts";

/** The image of Prometheus that `make observe` takes; it is made first where it must be. */
export function prometheusImage(): string {
  const program = [join(root, "deploy/observe.ts"), "images"];
  const output = execFileSync(process.execPath, program, { encoding: "utf8" });
  const [, image] = /^PROMETHEUS_IMAGE=(\S+)$/m.exec(output) ?? [];
  if (image === undefined) throw new Error(`deploy/observe.ts names no image: ${output}`);
  return image;
}
