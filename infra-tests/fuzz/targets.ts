import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeAuthority } from "../../deploy/secrets/authority.ts";
import { makeCertificate } from "../../deploy/secrets/certificate.ts";
import { ServerProcess } from "./server-process.ts";

const SERVICES = join(import.meta.dirname, "../../services");

export interface Ports {
  readonly http: number;
  readonly https: number;
}

/** What the storms attack: a chain, and an edge in front of an application that breaks HTTP. */
export interface Targets {
  readonly servers: readonly ServerProcess[];
  readonly edge: Ports;
  readonly gateway: number;
  /** An edge whose requests all end at `broken`. */
  readonly brokenEdge: number;
  /** The bytes with which the next requests are responded to. */
  readonly broken: { bytes: () => string };
  stop(): Promise<void>;
}

/** An edge that is through with a client soon, so that a storm can be judged soon. */
export const HASTY = [
  ...["--graceful-timeout=1000", "--headers-timeout=1000", "--keep-alive=1000"],
  ...["--send-rate-window=1000", "--check-interval=200"],
  // All clients of a storm have one address: the rate of a client is no part of this test.
  ...["--limit-client-rate=0", "--limit-client-connections=0"],
];

/** @param flags of the edge */
export async function startTargets(flags: readonly string[]): Promise<Targets> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-fuzz-"));
  const tls = await writeCertificate(folder);
  const gateway = new ServerProcess("gateway", join(SERVICES, "gateway/main.ts"), [
    join(import.meta.dirname, "application.ts"),
    ...["--host=127.0.0.1", "--port=0", "--admin-port=0", "--workers=2", "--access-log=off"],
    `--control-socket=${folder}/gateway.sock`,
    "--graceful-timeout=1000",
  ]);
  const started = await gateway.line(({ message }) => message === "gateway starts");
  gateway.admin = Number(started.admin_port);
  const { port } = await gateway.line(({ to }) => to === "ready");
  const broken = { bytes: () => "" };
  const breaker = await listen(breaking(broken));
  const ready = await listen(createHttpServer((_, response) => response.end("ready\n")));
  const edge = startEdge("edge", folder, Number(port), gateway.admin, [...tls, ...flags]);
  const brokenEdge = startEdge(
    "edge before the broken application",
    folder,
    portOf(breaker),
    portOf(ready),
    ["--https=off", "--upstream-timeout=1000", "--upstream-silence=1000", ...HASTY],
  );
  const ports = await portsOf(edge);
  const brokenPorts = await portsOf(brokenEdge);
  const servers = [edge, gateway, brokenEdge];
  return {
    servers,
    edge: { http: ports.http, https: ports.https },
    gateway: Number(port),
    brokenEdge: brokenPorts.http,
    broken,
    stop: async () => {
      await Promise.all(servers.map((server) => server.stop()));
      breaker.close();
      ready.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** @returns the flags of an edge that serves it */
async function writeCertificate(folder: string): Promise<string[]> {
  const now = new Date();
  const pair = await makeCertificate(await makeAuthority("fuzz", now), ["127.0.0.1"], now);
  await writeFile(join(folder, "tls.crt"), pair.certificate);
  await writeFile(join(folder, "tls.key"), pair.key);
  return [`--tls-certificate=${folder}/tls.crt`, `--tls-key=${folder}/tls.key`];
}

function startEdge(
  name: string,
  folder: string,
  upstream: number,
  admin: number,
  more: readonly string[],
): ServerProcess {
  return new ServerProcess(name, join(SERVICES, "web/main.ts"), [
    ...["--host=127.0.0.1", "--http-port=0", "--https-port=0", "--admin-port=0", "--workers=1"],
    "--access-log=off",
    `--upstream=127.0.0.1:${upstream}`,
    `--upstream-admin-port=${admin}`,
    `--control-socket=${folder}/${name.replaceAll(" ", "-")}.sock`,
    ...more,
  ]);
}

async function portsOf(edge: ServerProcess): Promise<Ports> {
  const { ports } = await edge.line(
    ({ message, to }) => message === "edge state" && to === "ready",
  );
  const { http, https = 0, admin } = ports as { http: number; https?: number; admin: number };
  edge.admin = admin;
  return { http, https };
}

/** Responds to each read with what the storm says, and closes every other connection. */
function breaking(broken: { bytes: () => string }): Server {
  return createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", () => {
      socket.write(broken.bytes(), "latin1");
      if (Math.random() < 0.5) socket.end();
    });
  });
}

async function listen<S extends Server>(server: S): Promise<S> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
