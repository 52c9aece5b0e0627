import type { IContainer } from "kubernetes-models/v1/Container";
import type { IPodSpec } from "kubernetes-models/v1/PodSpec";
import type { Model } from "../../compose-model.ts";
import { foldersOf } from "../generate.ts";

/** An object as the cluster gets it: the parts that the rules look at. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Labels };
  readonly data?: Labels;
  readonly spec?: Spec;
}

export type Labels = Readonly<Record<string, string>>;

interface Selector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

interface Spec {
  readonly replicas?: number;
  readonly strategy?: {
    readonly type?: string;
    readonly rollingUpdate?: { readonly maxUnavailable?: number | string };
  };
  readonly template?: { readonly metadata?: { readonly labels?: Labels }; readonly spec: IPodSpec };
  readonly selector?: Selector | Labels;
  readonly podSelector?: Selector;
  readonly policyTypes?: readonly string[];
  readonly serviceName?: string;
  readonly type?: string;
  readonly backoffLimit?: number;
  readonly activeDeadlineSeconds?: number;
  readonly maxUnavailable?: number | string;
  readonly minAvailable?: number | string;
  readonly minReplicas?: number;
  readonly scaleTargetRef?: { readonly kind: string; readonly name: string };
}

/** The objects of an overlay as Kustomize puts them together, without the hashes in its names. */
export function manifestsOf(
  model: Model,
  root: string,
  overlay: "local" | "production",
): Manifest[] {
  const folders = foldersOf(model, root);
  const wanted = ["base", "components/jobs", `overlays/${overlay}`];
  const replicas = folders[`overlays/${overlay}`]?.kustomization.replicas ?? [];
  return wanted.flatMap((name) => {
    const { objects = {}, kustomization = {} } = folders[name] ?? {};
    const made = Object.values(objects)
      .flat()
      .map((object) => structuredClone(object.toJSON()) as Manifest)
      .map((manifest) => withReplicas(manifest, replicas));
    const generated = (kustomization.configMapGenerator ?? []).map((each) => ({
      kind: "ConfigMap",
      metadata: { name: each.name },
      data: Object.fromEntries((each.literals ?? []).map((line) => line.split(/=(.*)/s, 2))),
    }));
    return [...made, ...generated];
  });
}

function withReplicas(
  manifest: Manifest,
  replicas: readonly { readonly name: string; readonly count: number }[],
): Manifest {
  const own = replicas.find(({ name }) => name === manifest.metadata.name);
  if (manifest.kind !== "Deployment" || own === undefined) return manifest;
  return { ...manifest, spec: { ...manifest.spec, replicas: own.count } };
}

/** Those that run pods. */
export function workloads(manifests: readonly Manifest[]): Manifest[] {
  return manifests.filter(({ spec }) => spec?.template !== undefined);
}

/** All of a pod: those that prepare it as well, which have the same rights. */
export function containersOf({ spec }: Manifest): readonly IContainer[] {
  const { initContainers = [], containers = [] } = spec?.template?.spec ?? {};
  return [...initContainers, ...containers];
}

export function podLabels({ spec }: Manifest): Labels {
  return spec?.template?.metadata?.labels ?? {};
}

/** Whether a selector, or the plain labels of a Service, fits these labels. */
export function selects(selector: Selector | Labels | undefined, labels: Labels): boolean {
  if (selector === undefined) return false;
  const full = isSelector(selector) ? selector : { matchLabels: selector };
  return (
    Object.entries(full.matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
    (full.matchExpressions ?? []).every(
      ({ key, operator, values = [] }) => operator === "In" && values.includes(labels[key] ?? ""),
    )
  );
}

function isSelector(selector: Selector | Labels): selector is Selector {
  return typeof selector.matchLabels !== "string" && "matchLabels" in selector;
}
