import { spawn } from "node:child_process";
import { openSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { FOLDER } from "./certificates.ts";
import type { Identity } from "./identity.ts";

const ADMIN = `--kubeconfig=${FOLDER}/admin.kubeconfig`;
const ETCD = "http://127.0.0.1:2379";

/** The programs of a node with their arguments, in the order in which they need each other. */
export function componentsOf(identity: Identity): Readonly<Record<string, readonly string[]>> {
  return { ...(identity.index === 1 ? controlPlane(identity.address) : {}), ...nodeOf(identity) };
}

const controlPlane = (address: string): Readonly<Record<string, readonly string[]>> => ({
  // It is gone with its container: nothing of it needs to reach the disk.
  etcd: [
    ...["--data-dir=/var/lib/etcd", "--unsafe-no-fsync", `--listen-client-urls=${ETCD}`],
    ...[`--advertise-client-urls=${ETCD}`, "--listen-peer-urls=http://127.0.0.1:2380"],
  ],
  "kube-apiserver": [
    ...[`--etcd-servers=${ETCD}`, "--secure-port=6443", `--advertise-address=${address}`],
    ...["--service-cluster-ip-range=10.96.0.0/16", `--client-ca-file=${FOLDER}/ca.crt`],
    ...[
      `--tls-cert-file=${FOLDER}/apiserver.crt`,
      `--tls-private-key-file=${FOLDER}/apiserver.key`,
    ],
    ...[`--service-account-key-file=${FOLDER}/accounts.key`],
    ...[`--service-account-signing-key-file=${FOLDER}/accounts.key`],
    "--service-account-issuer=https://kubernetes.default.svc",
    // For logs and exec; its name leads to no address.
    "--kubelet-preferred-address-types=InternalIP",
    ...[`--kubelet-client-certificate=${FOLDER}/admin.crt`],
    ...[`--kubelet-client-key=${FOLDER}/admin.key`],
    ...["--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction"],
  ],
  "kube-controller-manager": [
    ...[ADMIN, "--leader-elect=false", `--root-ca-file=${FOLDER}/ca.crt`],
    `--service-account-private-key-file=${FOLDER}/accounts.key`,
  ],
  "kube-scheduler": [ADMIN, "--leader-elect=false"],
});

const nodeOf = ({ name, address }: Identity): Readonly<Record<string, readonly string[]>> => ({
  containerd: ["--config=/node/configuration/containerd.toml"],
  kubelet: [
    ...["--config=/run/kubelet.yaml", `--kubeconfig=${FOLDER}/${name}.kubeconfig`],
    ...[`--hostname-override=${name}`, `--node-ip=${address}`],
  ],
  "kube-proxy": ["--config=/run/proxy.yaml"],
});

/** Runs a program for as long as this process runs. One that ends early starts again: it was too early. */
export async function keep(name: string, args: readonly string[]): Promise<never> {
  const log = openSync(`/var/log/${name}.log`, "a");
  for (;;) {
    const child = spawn(name, args, { stdio: ["ignore", log, log] });
    await new Promise((done) => child.once("close", done).once("error", done));
    await pause(500);
  }
}
