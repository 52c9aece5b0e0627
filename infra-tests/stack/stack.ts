import type Docker from "dockerode";
import { docker } from "./docker.ts";

const labels = {
  project: "com.docker.compose.project",
  service: "com.docker.compose.service",
  number: "com.docker.compose.container-number",
} as const;

/** A running Compose project. */
export class Stack {
  readonly project: string;

  constructor(project: string) {
    this.project = project;
  }

  /** All its containers, or those of one service, in the order of their numbers; stopped ones too. */
  async containers(service?: string): Promise<Docker.ContainerInfo[]> {
    const label = [`${labels.project}=${this.project}`];
    if (service !== undefined) label.push(`${labels.service}=${service}`);
    const found = await docker.listContainers({ all: true, filters: { label } });
    const composed = found.filter(({ Labels }) => labels.number in Labels);
    return composed.sort(
      (a, b) => Number(a.Labels[labels.number]) - Number(b.Labels[labels.number]),
    );
  }

  /** One container of a service, by its number from 1. Throws if there is none. */
  async container(service: string, number = 1): Promise<Docker.Container> {
    const found = await this.containers(service);
    const one = found.find(({ Labels }) => Labels[labels.number] === String(number));
    if (!one) throw new Error(`project ${this.project} has no container ${service}-${number}`);
    return docker.getContainer(one.Id);
  }

  /** The engine's description of every container, by `service-number`. */
  async inspect(): Promise<Map<string, Docker.ContainerInspectInfo>> {
    const described = new Map<string, Docker.ContainerInspectInfo>();
    for (const { Id, Labels } of await this.containers()) {
      const name = `${Labels[labels.service]}-${Labels[labels.number]}`;
      described.set(name, await docker.getContainer(Id).inspect());
    }
    return described;
  }

  /** The id of one of the project's networks, by its name in compose.yaml. */
  async network(name: string): Promise<string> {
    const label = [`${labels.project}=${this.project}`, `com.docker.compose.network=${name}`];
    const [found] = await docker.listNetworks({ filters: { label } });
    if (!found) throw new Error(`project ${this.project} has no network ${name}: is it running?`);
    return found.Id;
  }

  /** The address of a container on one of the project's networks. This host reaches it (on Linux). */
  async addressOn(network: string, id: string): Promise<string> {
    const wanted = await this.network(network);
    const { NetworkSettings } = await docker.getContainer(id).inspect();
    const joined = Object.values(NetworkSettings.Networks);
    const address = joined.find(({ NetworkID }) => NetworkID === wanted)?.IPAddress;
    if (!address) throw new Error(`container ${id} has no address on the network ${network}`);
    return address;
  }

  /** The public addresses on this host, without a slash at the end. */
  async addresses(): Promise<{ http: string; https: string }> {
    const { NetworkSettings } = await (await this.container("edge-port")).inspect();
    const address = (scheme: string, port: string) => {
      const [binding] = NetworkSettings.Ports[port] ?? [];
      if (!binding) throw new Error(`edge-port of ${this.project} does not publish ${port}`);
      return `${scheme}://${binding.HostIp}:${binding.HostPort}`;
    };
    return { http: address("http", "8080/tcp"), https: address("https", "8443/tcp") };
  }
}

/** The web server: services/web or nginx. */
export type Edge = "web" | "nginx";

/**
 * EDGE=nginx on the command line runs a suite behind nginx. A few tests of chain/ use commands or
 * features of services/web, and fail there.
 */
export function chosenEdge(): Edge {
  return process.env.EDGE === "nginx" ? "nginx" : "web";
}
