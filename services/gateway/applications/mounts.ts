import type { IncomingMessage } from "node:http";
import { SettingError } from "@gatehouse/settings";
import { setField } from "../http/fields.ts";
import type { GatewaySettings } from "../settings.ts";

/** Where an application stands: everything from this path on is its own. */
export interface Mount {
  /** "" for everything, otherwise "/admin". */
  readonly path: string;
  /** MODULE[:EXPORT] */
  readonly module: string;
}

/** The application, moved to the root path, and those that are mounted beside it. */
export function mountsOf(settings: Pick<GatewaySettings, "app" | "rootPath" | "mount">): Mount[] {
  const beside = settings.mount.map((word) => {
    const equals = word.indexOf("=");
    return { path: mountPath(word.slice(0, equals)), module: word.slice(equals + 1) };
  });
  return [{ path: mountPath(settings.rootPath), module: settings.app }, ...beside];
}

/** @throws SettingError if two applications are mounted on the same path. */
export function refuseClashes(settings: GatewaySettings): void {
  const taken = new Map<string, string>();
  for (const { path, module } of mountsOf(settings)) {
    const other = taken.get(path);
    if (other !== undefined) {
      throw new SettingError(
        `--mount: ${other} and ${module} are both mounted on ${path || "/"}; give each a path of its own`,
      );
    }
    taken.set(path, module);
  }
}

/** Programs by the path that they are mounted on; the longest path wins. */
export class MountTable<T> {
  readonly #mounted: readonly (readonly [path: string, program: T])[];
  /** The only one, if it has everything: as nearly always. */
  readonly #whole: readonly [path: string, program: T] | undefined;

  constructor(mounted: readonly (readonly [path: string, program: T])[]) {
    this.#mounted = mounted.toSorted(([a], [b]) => b.length - a.length);
    const [first] = this.#mounted;
    this.#whole = first?.[0] === "" ? first : undefined;
  }

  find(target: string): readonly [path: string, program: T] | undefined {
    if (this.#whole !== undefined) return this.#whole;
    return this.#mounted.find(([path]) => isUnder(path, pathOf(target)));
  }
}

/**
 * Shows a program the request as if it stood at the root. Where it stands it is told as Connect's
 * `originalUrl` and in X-Forwarded-Prefix, behind what a trusted proxy told there.
 */
export function enter(request: IncomingMessage, path: string): void {
  if (path === "") return;
  const { url = "", headers } = request;
  const inside = pathOf(url).slice(path.length);
  request.url = inside.startsWith("/") ? inside : `/${inside}`;
  Object.assign(request, { originalUrl: url });
  setField(request, "X-Forwarded-Prefix", `${headers["x-forwarded-prefix"] ?? ""}${path}`);
}

/** "/" is everything, and a slash at the end says nothing. */
function mountPath(word: string): string {
  return word.replace(/\/+$/, "");
}

function isUnder(path: string, target: string): boolean {
  if (path === "") return true;
  return target.startsWith(path) && ["/", "?", undefined].includes(target[path.length]);
}

/** Without the origin of the absolute form. */
function pathOf(target: string): string {
  return target.startsWith("/") ? target : target.replace(/^https?:\/\/[^/?]*/i, "");
}
