import type { Finding, Model } from "./model.ts";
import { type Drains, modelRules } from "./model-rules.ts";
import { serviceRules } from "./service-rules.ts";

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
