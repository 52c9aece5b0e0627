import { durationOf, isOneShot, type Model, type Service } from "../../../deploy/compose-model.ts";
import type { Finding } from "./finding.ts";

/** A rule for each service. `check` returns what is wrong. */
export interface ServiceRule {
  readonly name: string;
  readonly key: string;
  readonly check: (service: Service, name: string) => string | false | undefined;
}

const limitsOf = (service: Service) => {
  const { memory, cpus, pids } = service.deploy?.resources?.limits ?? {};
  return {
    memory: memory ?? service.mem_limit,
    cpus: cpus ?? service.cpus,
    pids: pids ?? service.pids_limit,
  };
};
/** These programs reap their children and handle signals themselves. */
const fitForPid1 = ["db", "web", "app"];
const secretName = /(PASSWORD|PASSWD|SECRET|TOKEN|PRIVATE_KEY|API_KEY)$/i;
/** Whose settings have which prefix. */
const tiers = [
  { prefix: "WEB_", service: "web" },
  { prefix: "GATEWAY_", service: "app" },
  { prefix: "JOBS_", service: "jobs" },
];
const fixed = (image: string): boolean => /:[^:/]+$/.test(image) && !image.endsWith(":latest");

export const serviceRules: readonly ServiceRule[] = [
  {
    name: "a health check that costs little",
    key: "healthcheck",
    check: (service) => {
      if (isOneShot(service)) return false;
      const { disable, test, interval, start_interval: start } = service.healthcheck ?? {};
      // Docker's own part of a check costs as much again as the cheapest program; Node's start is dearer than both.
      if (test?.[1] === "node") return "starts Node for each check";
      if (disable || !service.healthcheck) return "has no health check";
      if (!(durationOf(interval) >= 60_000)) return `checks every ${interval}: 60s or more`;
      return !(durationOf(start) <= 2_000) && "has no short start_interval (2s or less)";
    },
  },
  {
    name: "a restart policy",
    key: "restart",
    check: ({ restart }) =>
      !["unless-stopped", "always", "no"].includes(restart ?? "") &&
      `restart is ${restart}: unless-stopped, or "no" for a one-shot`,
  },
  {
    name: "an init, or a program fit for PID 1",
    key: "init",
    check: (service, name) => !service.init && !fitForPid1.includes(name) && "has no init",
  },
  {
    name: "limits",
    key: "deploy",
    check: (service) => {
      const missing = Object.entries(limitsOf(service)).filter(([, limit]) => !limit);
      return missing.length > 0 && `has no limit of ${missing.map(([what]) => what).join(", ")}`;
    },
  },
  {
    name: "temporary files that have a limit",
    key: "tmpfs",
    // They are memory: without a limit they take half the host's, and the container is killed for it.
    check: ({ tmpfs = [] }) => {
      const endless = [tmpfs].flat().find((entry) => !/[:,]size=\d/.test(entry));
      return endless !== undefined && `has no size for ${endless}: "${endless}...size=64m"`;
    },
  },
  {
    name: "a read-only root",
    key: "read_only",
    check: ({ read_only }) => !read_only && "can write to its root",
  },
  {
    name: "no capability",
    key: "cap_drop",
    check: ({ cap_drop, cap_add, privileged }) =>
      (cap_drop?.join() !== "ALL" || (cap_add?.length ?? 0) > 0 || privileged) &&
      "keeps capabilities: cap_drop: [ALL], and no cap_add or privileged",
  },
  {
    name: "no new privileges",
    key: "security_opt",
    check: ({ security_opt }) =>
      !security_opt?.some((option) => /^no-new-privileges[:=]true$/.test(option)) &&
      "can gain privileges: security_opt: [no-new-privileges:true]",
  },
  {
    name: "a user that is not root",
    key: "user",
    check: ({ user }) =>
      /^(root|0)?(:|$)/.test(user ?? "") && `runs as ${user ?? "its image's user"}`,
  },
  {
    name: "logs that are rotated",
    key: "logging",
    check: ({ logging }) =>
      !(logging?.options?.["max-size"] && logging.options["max-file"]) &&
      "has no max-size and max-file for its logs",
  },
  {
    name: "no secret in the environment",
    key: "environment",
    check: ({ environment = {} }) => {
      const named = Object.entries(environment).find(
        ([variable, value]) =>
          value && (secretName.test(variable) || /:\/\/[^/@:]*:[^/@]+@/.test(value)),
      );
      return named && `has a secret in the variable ${named[0]}: use a file`;
    },
  },
  {
    name: "the settings of its own tier",
    key: "environment",
    check: ({ environment = {} }, name) => {
      const foreign = Object.keys(environment).find((variable) =>
        tiers.some(({ prefix, service }) => variable.startsWith(prefix) && name !== service),
      );
      return foreign && `gets ${foreign}, which another service reads`;
    },
  },
  {
    name: "a fixed image",
    key: "image",
    check: ({ image, build }) =>
      !build && !fixed(image ?? "") && `has the image ${image} without a fixed tag, and no build`,
  },
  {
    name: "fixed base images",
    key: "build",
    check: ({ build }) => {
      const loose = Object.entries(build?.args ?? {}).find(
        ([argument, image]) => argument.endsWith("_IMAGE") && !fixed(image ?? ""),
      );
      return loose && `builds on ${loose[0]}=${loose[1]}, which has no fixed tag`;
    },
  },
  {
    name: "no name that forbids a second one",
    key: "container_name",
    check: ({ container_name: name }) => name !== undefined && `has the container name ${name}`,
  },
  {
    name: "no access to the host",
    key: "volumes",
    check: ({ volumes = [], network_mode: network, pid }) =>
      (network === "host" || pid === "host" || volumes.some(({ type }) => type === "bind")) &&
      "mounts a folder of the host, or joins its networks or processes",
  },
];

/** Milliseconds that each service may need to stop. */
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
    name: "one published service, on loopback",
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
    name: "a database on internal networks",
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
    name: "one-shots that a service waits for",
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

/** All breaches of the container policy in a Compose model. */
export function breaches(model: Model, drains: Drains): Finding[] {
  const alone = Object.entries(model.services).flatMap(([service, settings]) =>
    serviceRules.flatMap(({ name: rule, key, check }) => {
      const message = check(settings, service);
      return message ? [{ rule, service, key, message }] : [];
    }),
  );
  const together = modelRules.flatMap(({ name: rule, check }) =>
    check(model, drains).map((breach) => ({ rule, ...breach })),
  );
  return [...alone, ...together];
}
