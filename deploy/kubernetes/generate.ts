import { stringify } from "yaml";
import type { Model } from "../compose-model.ts";
import { account } from "./compose/fates.ts";
import { keysOf } from "./compose/keys.ts";
import type { Source } from "./compose/resolved.ts";
import { complete, type Kustomization } from "./kustomization.ts";
import { accountOf, budgetsOf, gatewaysService, namespaceOf } from "./objects/base.ts";
import { databaseOf } from "./objects/database.ts";
import { jobsOf } from "./objects/jobs.ts";
import { STEP } from "./objects/labels.ts";
import { oneShotsOf } from "./objects/once.ts";
import { autoscalersOf, claimOf, edgeService } from "./objects/production.ts";
import { databasePolicies, externalDatabasePolicy, policiesOf } from "./objects/reach.ts";
import { mergedSettings, settingsOf } from "./objects/settings.ts";
import { requireSiteFolders } from "./objects/site-folders.ts";
import { tiersOf } from "./objects/tiers.ts";
import { reportOf } from "./report.ts";
import { NAMESPACE, SCALE } from "./scale.ts";

/** An object of any kind, with the schema of its kind. */
export interface KubernetesObject {
  /** @throws Error for what the schema refuses */
  validate(): void;
  toJSON(): unknown;
}

/** A folder with its objects by file, and what Kustomize makes of them. */
interface Folder {
  readonly objects: Readonly<Record<string, readonly KubernetesObject[]>>;
  readonly kustomization: Kustomization;
}

/** What a site replaces by its own in its overlay: docs/scaling.md. */
const EXAMPLE = {
  origin: "https://www.example.org",
  registry: "registry.example.org/gatehouse",
  database: "postgres.example.org:5432/gatehouse?sslmode=verify-full",
} as const;

const REQUEST = "/spec/template/spec/containers/0/resources/requests/cpu";

/** All objects by folder and file, before Kustomize. */
export function foldersOf(model: Model, root: string): Readonly<Record<string, Folder>> {
  const before = { labels: { [STEP]: "before" } };
  return {
    base: {
      objects: {
        namespace: [namespaceOf()],
        account: [accountOf()],
        gateways: [gatewaysService()],
        tiers: tiersOf(model),
        "one-shots": oneShotsOf(model),
        budgets: budgetsOf(),
        reach: policiesOf(model),
      },
      kustomization: {
        configMapGenerator: [
          ...(["web", "app", "migrate"] as const).map((tier) => settingsOf(model, tier)),
          { name: "application" },
        ],
        generatorOptions: before,
      },
    },
    "components/jobs": {
      objects: { jobs: [jobsOf(model)], storage: [claimOf("jobs", "ReadWriteOnce")] },
      kustomization: {
        kind: "Component",
        configMapGenerator: [settingsOf(model, "jobs")],
        generatorOptions: before,
      },
    },
    "overlays/local": {
      objects: {
        database: databaseOf(model, root),
        edge: [edgeService(model, "local")],
        storage: [claimOf("assets", "ReadWriteOnce"), claimOf("media", "ReadWriteOnce")],
        reach: databasePolicies(model),
      },
      kustomization: {
        namespace: NAMESPACE,
        resources: ["../../base"],
        replicas: (["web", "app"] as const).map((name) => ({
          name,
          count: model.services.app?.deploy?.replicas ?? 2,
        })),
        patches: ["Deployment", "StatefulSet"].map((kind) => ({
          target: { kind },
          patch: stringify([{ op: "replace", path: REQUEST, value: SCALE.requestOnOneMachine }]),
        })),
        configMapGenerator: [settingsOf(model, "db")],
        generatorOptions: before,
      },
    },
    "overlays/production": {
      objects: {
        edge: [edgeService(model, "production")],
        autoscalers: autoscalersOf(model),
        storage: [claimOf("assets", "ReadWriteMany"), claimOf("media", "ReadWriteMany")],
        reach: [externalDatabasePolicy(model)],
      },
      kustomization: {
        namespace: NAMESPACE,
        resources: ["../../base"],
        images: (["web", "app"] as const).map((name) => ({
          name: `gatehouse/${name}`,
          newName: `${EXAMPLE.registry}/${name}`,
          newTag: "replace-me",
        })),
        configMapGenerator: [
          mergedSettings("web", {
            WEB_PUBLIC_ORIGIN: EXAMPLE.origin,
            WEB_HTTPS: "redirect",
            WEB_PROXY_PROTOCOL: "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16",
          }),
          mergedSettings("app", {
            DATABASE_URL: `postgres://gatehouse_site@${EXAMPLE.database}`,
            REPLICAS: String(SCALE.most.app),
          }),
          mergedSettings("migrate", {
            DATABASE_URL: `postgres://gatehouse_owner@${EXAMPLE.database}`,
          }),
        ],
        generatorOptions: before,
      },
    },
  };
}

/**
 * The text of every file below deploy/kubernetes that is made from compose.yaml, by its path there.
 * @throws Error for a key of compose.yaml without an entry for what becomes of it, and for an object
 *   that the schemas of Kubernetes refuse
 */
export function filesOf(source: Source, model: Model, root: string): Map<string, string> {
  const accounted = account(keysOf(source, model));
  requireSiteFolders(model);
  const files = new Map<string, string>();
  for (const [folder, { objects, kustomization }] of Object.entries(foldersOf(model, root))) {
    for (const [name, list] of Object.entries(objects)) {
      for (const object of list) object.validate();
      files.set(`${folder}/${name}.yaml`, yamlOf(list.map((object) => object.toJSON())));
    }
    const resources = [
      ...(kustomization.resources ?? []),
      ...Object.keys(objects).map((name) => `${name}.yaml`),
    ];
    files.set(`${folder}/kustomization.yaml`, yamlOf([complete({ ...kustomization, resources })]));
  }
  files.set("REPORT.md", reportOf(accounted));
  return files;
}

const HEAD =
  "# Made from compose.yaml by `make kubernetes`: do not edit. What is yours stands in an overlay.\n";

function yamlOf(documents: readonly unknown[]): string {
  const options = { lineWidth: 110, aliasDuplicateObjects: false };
  return HEAD + documents.map((each) => stringify(each, options)).join("---\n");
}
