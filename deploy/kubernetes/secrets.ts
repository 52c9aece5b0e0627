import { basename } from "node:path";
import { Secret } from "kubernetes-models/v1/Secret";
import { stringify } from "yaml";
import type { Clone } from "../clone.ts";
import { ensureSecrets, hasPassword, makePassword, readSecret } from "../secrets/secrets.ts";
import { readResolved } from "./compose/resolved.ts";
import { namespaceOf } from "./objects/base.ts";
import { metadata } from "./objects/labels.ts";
import { NAMESPACE, SECRETS } from "./scale.ts";

/**
 * The namespace, and in it the secrets of a clone: what `kubectl apply -f -` gets before the first apply.
 * What is missing is made, as `make up` does.
 * @param names of the certificate
 * @returns YAML with secrets: for a pipe, and for no file
 */
export async function secretsOf(clone: Clone, names: readonly string[]): Promise<string> {
  if (!(await hasPassword(clone))) await makePassword(clone);
  await ensureSecrets(clone, names);
  const { model } = readResolved();
  const secrets = new Map<string, Record<string, string>>();
  for (const [source, { secret, key }] of Object.entries(SECRETS)) {
    // "secrets/tls.crt"
    const file = basename(model.secrets?.[source]?.file ?? source);
    secrets.set(secret, { ...secrets.get(secret), [key]: await readSecret(clone, file) });
  }
  const objects = [...secrets].map(
    ([name, stringData]) =>
      new Secret({
        metadata: { ...metadata(name, "before"), namespace: NAMESPACE },
        type: name === "tls" ? "kubernetes.io/tls" : "Opaque",
        stringData,
      }),
  );
  return [namespaceOf(), ...objects]
    .map((object) => {
      object.validate();
      return stringify(object.toJSON());
    })
    .join("---\n");
}
