/** The parts of a kustomization.yaml that are written here. https://kubectl.docs.kubernetes.io */
export interface Kustomization {
  readonly kind?: "Component";
  readonly namespace?: string;
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly replicas?: readonly { readonly name: string; readonly count: number }[];
  /** JSON patches: RFC 6902, as text. */
  readonly patches?: readonly {
    readonly target: { readonly kind: string };
    readonly patch: string;
  }[];
  readonly images?: readonly {
    readonly name: string;
    readonly newName: string;
    readonly newTag: string;
  }[];
  readonly configMapGenerator?: readonly {
    readonly name: string;
    readonly behavior?: "merge";
    readonly literals?: readonly string[];
  }[];
  readonly generatorOptions?: { readonly labels: Readonly<Record<string, string>> };
}

/** With what kustomize wants at the head of the file. */
export function complete(kustomization: Kustomization): object {
  const component = kustomization.kind === "Component";
  return {
    apiVersion: `kustomize.config.k8s.io/v1${component ? "alpha1" : "beta1"}`,
    kind: component ? "Component" : "Kustomization",
    ...kustomization,
  };
}
