import type { Model } from "../../compose-model.ts";
import type { Source } from "./resolved.ts";

/** A key of compose.yaml that means something: its path, and what it says. */
export interface Key {
  /** `services.web.environment.WEB_HOST`; entries of a list go by their source or target. */
  readonly path: string;
  readonly value: string;
}

/** Of these, each entry means something of its own. */
const OPENED =
  /^(services|networks|volumes|configs|secrets)(\.[^.]+)?$|^services\.[^.]+\.(environment|networks|volumes|secrets|configs|ports|healthcheck|depends_on|build|logging|sysctls|deploy(\.resources(\.limits)?)?)$/;

/**
 * Every key that compose.yaml has as it is written, or as Compose resolves it with what it extends.
 * Of both, because only the source has `extends`, and only the resolved model what was extended.
 */
export function keysOf(source: Source, model: Model): Key[] {
  const keys = new Map<string, string>();
  for (const [path, value] of [...entriesOf("", source), ...entriesOf("", model)]) {
    keys.set(path, value);
  }
  return [...keys].map(([path, value]) => ({ path, value }));
}

function* entriesOf(path: string, value: unknown): Generator<[string, string]> {
  // Compose prints what is not set, and YAML has "data: {}" for a name alone.
  if (value === null || value === undefined) return;
  if (path !== "" && isEmpty(value) && !isName(path)) return;
  if (path !== "" && !OPENED.test(path)) {
    yield [path, typeof value === "string" ? value : JSON.stringify(value)];
    return;
  }
  if (typeof value !== "object") {
    yield [path, String(value)];
    return;
  }
  for (const [name, entry] of namedEntries(value)) {
    const inner = path === "" ? name : `${path}.${name}`;
    // A name alone: a network to join, a volume to keep.
    if (isName(inner) && isEmpty(entry)) yield [inner, ""];
    else yield* entriesOf(inner, entry);
  }
}

/** The entries of a map or a list by their names; what is only written shortly gets the name that Compose resolves. */
function namedEntries(value: object): [string, unknown][] {
  if (!Array.isArray(value)) {
    return Object.entries(value).filter(([name]) => name !== "name" && !name.startsWith("x-"));
  }
  return value.map((entry) => [nameOf(entry), entry]);
}

function nameOf(entry: unknown): string {
  if (typeof entry !== "object" || entry === null) {
    const text = String(entry);
    // "media:/srv/media:ro"; a published port ends with the port inside; "data${...}" is a network.
    return /:\d+$/.test(text) ? (text.split(":").at(-1) ?? "") : (text.split(/[:$]/, 1)[0] ?? "");
  }
  const { source, target } = entry as { source?: string; target?: string | number };
  return String(source ?? target);
}

/** Whether the path is that of a name that means something alone: a network, a volume. */
function isName(path: string): boolean {
  return /\.networks\.[^.]+$|^(networks|volumes)\.[^.]+$/.test(path);
}

function isEmpty(value: unknown): boolean {
  return value === null || (typeof value === "object" && Object.keys(value).length === 0);
}
