import { durationOf, type Finding, isOneShot, type Model } from "./model.ts";

/** Milliseconds that a service may need to stop by itself, by name. */
export type Drains = Readonly<Record<string, number>>;

type Breach = Omit<Finding, "rule">;

/** A rule about services together. */
export interface ModelRule {
  readonly name: string;
  readonly check: (model: Model, drains: Drains) => Breach[];
}

const loopback = /^(127\.|::1$)/;
const servicesOf = (model: Model) => Object.entries(model.services);

export const modelRules: readonly ModelRule[] = [
  {
    name: "time to stop",
    check: (model, drains) =>
      servicesOf(model).flatMap(([service, { stop_grace_period: grace, ...rest }]) => {
        if (isOneShot(rest)) return [];
        const drain = drains[service] ?? 0;
        if (durationOf(grace) > drain) return [];
        const message = `is killed after ${grace ?? "10s"}, but may need ${drain} ms to stop`;
        return [{ service, key: "stop_grace_period", message }];
      }),
  },
  {
    name: "one door, on loopback",
    check: (model) =>
      servicesOf(model).flatMap(([service, { ports = [] }]) => {
        const open = ports.find(({ host_ip: ip }) => !loopback.test(ip ?? ""));
        if (ports.length > 0 && service !== "edge-port") {
          return [{ service, key: "ports", message: "publishes a port; only edge-port does" }];
        }
        const message = `publishes ${open?.published} on ${open?.host_ip ?? "every address"}`;
        return open ? [{ service, key: "ports", message }] : [];
      }),
  },
  {
    name: "a database out of reach",
    check: ({ services, networks }) =>
      Object.keys(services.db?.networks ?? { default: null })
        .filter((network) => !networks?.[network]?.internal)
        .map((network) => ({
          service: "db",
          key: "networks",
          message: `is on the network ${network}, which is not internal`,
        })),
  },
  {
    name: "one-shots that somebody waits for",
    check: (model) => {
      const awaited = servicesOf(model).flatMap(([, { depends_on: needs = {} }]) =>
        Object.entries(needs)
          .filter(([, need]) => need.condition === "service_completed_successfully")
          .map(([name]) => name),
      );
      return servicesOf(model)
        .filter(([name, service]) => isOneShot(service) && !awaited.includes(name))
        .map(([service]) => ({
          service,
          key: "restart",
          message: "is a one-shot that no service waits for (service_completed_successfully)",
        }));
    },
  },
];
