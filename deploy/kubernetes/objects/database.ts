import { readFileSync } from "node:fs";
import { join } from "node:path";
import { StatefulSet } from "kubernetes-models/apps/v1/StatefulSet";
import { ConfigMap } from "kubernetes-models/v1/ConfigMap";
import { Service } from "kubernetes-models/v1/Service";
import { type Model, serviceOf } from "../../compose-model.ts";
import { SCALE } from "../scale.ts";
import { metadata, podsOf, selectorOf } from "./labels.ts";
import { podOf } from "./pod.ts";
import { commandProbes } from "./probes.ts";
import { PORTS } from "./tiers.ts";

const FILES = "database-files";

/**
 * The database of the overlay local: one pod, as Compose has one container. Production has its own
 * elsewhere.
 * @param root the clone, whose files the configs of Compose are
 */
export function databaseOf(model: Model, root: string): (ConfigMap | Service | StatefulSet)[] {
  const service = serviceOf(model, "db");
  const configs = (service.configs ?? []).map(({ source, target }) => ({
    name: target.split("/").at(-1) ?? source,
    target,
    text: readFileSync(join(root, model.configs?.[source]?.file ?? source), "utf8"),
  }));
  const template = podOf(model, "db", {
    ports: PORTS.db,
    claims: ["db"],
    container: { ...commandProbes(service) },
    volumes: [
      { name: "files", configMap: { name: FILES } },
      {
        name: "shared-memory",
        emptyDir: {
          medium: "Memory",
          sizeLimit: `${Number(service.shm_size ?? 0) / 1024 ** 2}Mi`,
        },
      },
    ],
    mounts: [
      ...configs.map(({ name, target }) => ({
        name: "files",
        mountPath: target,
        subPath: name,
        readOnly: true,
      })),
      { name: "shared-memory", mountPath: "/dev/shm" },
    ],
  });
  const volumes = template.spec?.volumes?.filter(({ name }) => name !== "db") ?? [];
  return [
    new ConfigMap({
      metadata: metadata(FILES, "before", "db"),
      data: Object.fromEntries(configs.map(({ name, text }) => [name, text])),
    }),
    new Service({
      metadata: metadata("db", "before"),
      spec: {
        clusterIP: "None",
        selector: selectorOf("db"),
        ports: [{ name: "postgres", port: PORTS.db.postgres, targetPort: "postgres" }],
      },
    }),
    new StatefulSet({
      metadata: metadata("db", "before"),
      spec: {
        replicas: service.deploy?.replicas ?? 1,
        serviceName: "db",
        selector: podsOf("db"),
        template: { ...template, ...(template.spec && { spec: { ...template.spec, volumes } }) },
        volumeClaimTemplates: [
          {
            metadata: { name: "db" },
            spec: {
              accessModes: ["ReadWriteOnce"],
              resources: { requests: { storage: `${SCALE.storage.db}Gi` } },
            },
          },
        ],
      },
    }),
  ];
}
