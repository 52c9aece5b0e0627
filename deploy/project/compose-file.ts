import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openClone } from "../clone.ts";
import { layout } from "../layout.ts";

/** Where the compose.yaml of the starters lies. */
export const STARTER_COMPOSE = join(layout.templates, "common/compose.yaml");

const DEPLOY = "node_modules/@gatehouse/deploy/";

/** What is written otherwise where ours comes as packages. Each of them must be there. */
const CHANGES: readonly (readonly [from: string | RegExp, to: string])[] = [
  ["# There is no `name:` here: .env holds a project name made from this clone's path.\n", ""],
  ["{ file: deploy/", `{ file: ${DEPLOY}`],
  ["(deploy/database/roles.sql)", `(${DEPLOY}database/roles.sql)`],
  ["packages/telemetry/health.pl", "node_modules/@gatehouse/telemetry/health.pl"],
  ["[node, services/jobs/main.ts]", "[node, node_modules/@gatehouse/jobs/main.js]"],
  ["services/app/manage.ts", "app/manage.ts"],
  ["services/app/gateway.ts", "app/server.ts"],
  ["GATEWAY_CHDIR:-services/app}", "GATEWAY_CHDIR:-app}"],
  [/^ +NGINX_IMAGE: .+\n/m, ""],
  [
    "TLS, static files, limits, balancing, proxying. EDGE=nginx uses nginx instead.",
    "TLS, static files, limits, balancing, proxying.",
  ],
  [" whatever REPLICAS is\n  # (docs/jobs.md). A deploy", " whatever REPLICAS is.\n  # A deploy"],
  ["# Made by `make up`; see SECURITY.md.", "# Made by `make up`."],
];

/**
 * The compose.yaml of a project of one's own: that of this repository, with other places of what is ours.
 * @throws Error for a change that compose.yaml has no place for any more
 */
export function starterCompose(): string {
  let text = readFileSync(join(openClone().root, "compose.yaml"), "utf8");
  for (const [from, to] of CHANGES) {
    const changed = typeof from === "string" ? text.replaceAll(from, to) : text.replace(from, to);
    if (changed === text) throw new Error(`compose.yaml has no ${from} any more`);
    text = changed;
  }
  return text;
}
