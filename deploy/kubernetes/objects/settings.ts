import { variablesOf as namesOf } from "@gatehouse/settings";
import { gatewaySettings } from "../../../services/gateway/settings.ts";
import { webSettings } from "../../../services/web/settings.ts";
import type { Model } from "../../compose-model.ts";
import { Problem } from "../../problem.ts";
import { settingsName, type Tier, variablesOf } from "./pod.ts";

/** What does not reach the pods, or reaches them in another way. */
const WITHOUT = [
  ...["WEB_UPSTREAM", "WEB_UPSTREAM_SOCKETS", "WEB_NAMESPACE_FILE", "GATEWAY_SOCKET_DIRECTORY"],
];

/** Networks of clusters: the policies let the edge alone reach the gateways, from another pod's address. */
const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"];

/** What the pods need beside the variables of Compose. */
const MORE: Partial<Readonly<Record<Tier, Readonly<Record<string, string>>>>> = {
  app: { GATEWAY_TRUSTED_PROXIES: PRIVATE.join(",") },
  // A new disk has lost+found in it.
  db: { PGDATA: "/var/lib/postgresql/data/pgdata" },
};

/** The ConfigMap of a tier, by its content: a change of it replaces the tier's pods, and only those. */
export function settingsOf(model: Model, tier: Tier) {
  const variables = { ...Object.fromEntries(variablesOf(model, tier)), ...MORE[tier] };
  return {
    name: settingsName(tier),
    literals: literalsOf(
      Object.fromEntries(Object.entries(variables).filter(([name]) => !WITHOUT.includes(name))),
    ),
  };
}

/** What an overlay sets of a tier's ConfigMap. @throws Problem for a name that no tier has */
export function mergedSettings(tier: Tier, variables: Readonly<Record<string, string>>) {
  const known = [...namesOf(webSettings), ...namesOf(gatewaySettings)];
  const unknown = Object.keys(variables).find(
    (name) => /^(WEB|GATEWAY)_/.test(name) && !known.includes(name),
  );
  if (unknown !== undefined) throw new Problem(`no tier has the setting ${unknown}`);
  return {
    name: settingsName(tier),
    behavior: "merge" as const,
    literals: literalsOf(variables),
  };
}

const literalsOf = (variables: Readonly<Record<string, string>>) =>
  Object.entries(variables).map(([name, value]) => `${name}=${value}`);
