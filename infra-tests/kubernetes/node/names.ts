import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { renameSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { FOLDER } from "./certificates.ts";

const FILE = "/run/names";
/**
 * Milliseconds until the name server knows of a change. CoreDNS, which clusters have, keeps what it said for
 * five seconds: what holds here holds there.
 */
const LATE = 5000;
const KUBECONFIG = `--kubeconfig=${FOLDER}/admin.kubeconfig`;
const SLICES = "/apis/discovery.k8s.io/v1/endpointslices";

interface List<Item> {
  readonly items: readonly Item[];
}

interface Service {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly clusterIP?: string };
}

interface Slice {
  readonly metadata: {
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly endpoints:
    | readonly {
        readonly addresses: readonly string[];
        readonly conditions: { readonly ready?: boolean };
      }[]
    | null;
}

/** Serves the names of Services to the pods, by dnsmasq: those of headless ones are their pods' addresses. */
export async function serveNames(address: string): Promise<never> {
  writeFileSync(FILE, "");
  const server = spawn(
    "dnsmasq",
    [
      ...["--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts"],
      ...[`--addn-hosts=${FILE}`, `--listen-address=${address}`, "--bind-interfaces"],
      // What is not here is nowhere.
      ...["--user=root", "--pid-file=", "--local=/#/"],
    ],
    { stdio: "inherit" },
  );
  for (;;) {
    // A watch sends the state, then every change, until the API server ends it.
    const watch = spawn("kubectl", [KUBECONFIG, "get", "--raw", `${SLICES}?watch=true`]);
    let isDue = false;
    watch.stdout.on("data", () => {
      if (isDue) return;
      isDue = true;
      setTimeout(() => {
        isDue = false;
        void write().then(() => server.kill("SIGHUP"));
      }, LATE);
    });
    await once(watch, "close");
    await pause(500);
  }
}

async function write(): Promise<void> {
  const [services, slices] = await Promise.all([
    list<Service>("/api/v1/services"),
    list<Slice>(SLICES),
  ]);
  const lines = services.flatMap(({ metadata: { name, namespace }, spec }) => {
    const own = slices.filter(
      ({ metadata }) =>
        metadata.namespace === namespace && metadata.labels["kubernetes.io/service-name"] === name,
    );
    const addresses =
      spec.clusterIP === "None"
        ? own.flatMap(({ endpoints }) =>
            (endpoints ?? [])
              .filter(({ conditions }) => conditions.ready !== false)
              .flatMap((endpoint) => endpoint.addresses),
          )
        : [spec.clusterIP ?? ""];
    return addresses.map((each) => `${each} ${name}.${namespace}.svc.cluster.local`);
  });
  writeFileSync(`${FILE}.new`, `${lines.join("\n")}\n`);
  renameSync(`${FILE}.new`, FILE);
}

async function list<Item>(path: string): Promise<readonly Item[]> {
  const args = [KUBECONFIG, "get", "--raw", path];
  const { stdout } = await promisify(execFile)("kubectl", args, { maxBuffer: 2 ** 26 });
  return (JSON.parse(stdout) as List<Item>).items;
}
