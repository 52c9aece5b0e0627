import { execFileSync } from "node:child_process";
import { appendFileSync, copyFileSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";

/** The kubelet insists on these and would set them for the whole machine. */
const KERNEL = { "vm/overcommit_memory": 1, "kernel/panic": 10, "kernel/panic_on_oops": 1 };

const run = (program: string, ...args: string[]) =>
  execFileSync(program, args, { stdio: "inherit" });

/** The container's address, which the machine that runs it reaches. */
export function ownAddress(): string {
  const address = networkInterfaces().eth0?.find(({ family }) => family === "IPv4")?.address;
  if (address === undefined) throw new Error("the container has no network eth0");
  return address;
}

/** Prepares what a kubelet expects of a machine, in this container alone. */
export function prepareSandbox(address: string): void {
  run("mount", "--make-rshared", "/");
  run("mount", "-t", "tmpfs", "tmpfs", "/run");
  for (const [name, value] of Object.entries(KERNEL)) {
    // It sees the wanted value, and the kernel keeps its own.
    const file = `/run/kernel.${name.replace("/", ".")}`;
    writeFileSync(file, `${value}\n`);
    run("mount", "--bind", file, `/proc/sys/${name}`);
  }
  writeFileSync("/proc/sys/net/ipv4/ip_forward", "1\n");
  copyFileSync("/node/configuration/kubelet.yaml", "/run/kubelet.yaml");
  appendFileSync("/run/kubelet.yaml", `address: ${address}\nclusterDNS: [${address}]\n`);
}
