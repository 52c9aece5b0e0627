import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Identity } from "./identity.ts";

/** The kubelet insists on these and would set them for the whole machine. */
const KERNEL = { "vm/overcommit_memory": 1, "kernel/panic": 10, "kernel/panic_on_oops": 1 };

const run = (program: string, ...args: string[]) =>
  execFileSync(program, args, { stdio: "inherit" });

/** Prepares what a kubelet expects of a machine, in this container alone. */
export function prepareSandbox(identity: Identity): void {
  run("mount", "--make-rshared", "/");
  run("mount", "-t", "tmpfs", "tmpfs", "/run");
  for (const [name, value] of Object.entries(KERNEL)) {
    // It sees the wanted value, and the kernel keeps its own.
    const file = `/run/kernel.${name.replace("/", ".")}`;
    writeFileSync(file, `${value}\n`);
    run("mount", "--bind", file, `/proc/sys/${name}`);
  }
  writeFileSync("/proc/sys/net/ipv4/ip_forward", "1\n");
  // What comes from a pod of another node has no address of this network.
  for (const name of ["all", "eth0"]) {
    writeFileSync(`/proc/sys/net/ipv4/conf/${name}/rp_filter`, "0\n");
  }
  const { address, control, name, pods } = identity;
  configure("kubelet.yaml", `address: ${address}\nclusterDNS: [${control}]\n`);
  configure("proxy.yaml", `hostnameOverride: ${name}\n`);
  mkdirSync("/run/cni");
  configure("pods.conflist", "", "/run/cni", { "10.244.0.0/24": pods });
}

/** Writes a configuration with what this node alone has. */
function configure(
  file: string,
  more: string,
  folder = "/run",
  own: Readonly<Record<string, string>> = {},
): void {
  const text = readFileSync(`/node/configuration/${file}`, "utf8");
  const replaced = Object.entries(own).reduce((all, [from, to]) => all.replace(from, to), text);
  writeFileSync(`${folder}/${file}`, replaced + more);
}
