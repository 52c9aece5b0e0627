import { BY_HAND_EXIT_CODE, Problem } from "../problem.ts";
import { REPLACE_DATABASE } from "./kept-image.ts";
import type { Plan } from "./plan.ts";

/**
 * The services that cannot be replaced beside themselves.
 * @returns warnings
 * @throws Problem if one of them has changed, with the command that replaces it by hand
 */
export function requireFixed({ changed, keepsImage }: Plan): string[] {
  const service = changed.find((each) => each.service === "edge-port" || each.service === "db");
  if (service !== undefined) {
    const [what, names] =
      service.service === "db"
        ? ["the database's container (its image, settings or password)", "db"]
        : ["the published ports, or edge-port's lines in compose.yaml", "edge-port web"];
    throw new Problem(
      `this changes ${what}, which nothing can replace while it serves: when a gap of some ` +
        `seconds is acceptable, run docker compose up --detach --force-recreate ${names}, then this command again`,
      BY_HAND_EXIT_CODE,
    );
  }
  if (!keepsImage) return [];
  return [
    "the image of the database was made anew, and the running db keeps its own: when a gap of some seconds is " +
      `acceptable, ${REPLACE_DATABASE} replaces it`,
  ];
}
