import { execFileSync } from "node:child_process";

/** Where the engine's own bridge is on this host: containers of every network, and builds, reach it. */
export function bridge(): string {
  const format = "{{(index .IPAM.Config 0).Gateway}}";
  const args = ["network", "inspect", "bridge", "--format", format];
  return execFileSync("docker", args, { encoding: "utf8" }).trim();
}
