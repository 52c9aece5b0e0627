import type { IncomingMessage } from "node:http";
import { SettingError } from "@gatehouse/settings";
import { setField } from "../http/request-fields.ts";
import type { GatewaySettings } from "../settings.ts";

/** An application and the path under which it receives all requests: "" for all, or "/admin". */
export interface Mount<T> {
  readonly path: string;
  program: T;
}

/** The modules, MODULE[:EXPORT], on the root path and beside it. */
export function mountsOf({ app, rootPath, mount }: GatewaySettings): Mount<string>[] {
  const beside = mount.map((word) => {
    const equals = word.indexOf("=");
    return { path: mountPath(word.slice(0, equals)), program: word.slice(equals + 1) };
  });
  return [{ path: mountPath(rootPath), program: app }, ...beside];
}

/** @throws SettingError if two applications are mounted on the same path. */
export function rejectClashes(settings: GatewaySettings): void {
  const taken = new Map<string, string>();
  for (const { path, program: module } of mountsOf(settings)) {
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
  readonly #mounts: readonly Mount<T>[];
  /** The mount of all requests, if there is no other: nearly always. */
  readonly only: Mount<T> | undefined;

  constructor(mounts: readonly Mount<T>[]) {
    this.#mounts = mounts.toSorted((a, b) => b.path.length - a.path.length);
    const [first] = this.#mounts;
    this.only = first?.path === "" ? first : undefined;
  }

  find(target: string): Mount<T> | undefined {
    return this.only ?? this.#mounts.find(({ path }) => isUnder(path, pathOf(target)));
  }
}

/** The program finds the mount path in Connect's `originalUrl` and in X-Forwarded-Prefix. */
export function removePrefix(request: IncomingMessage, path: string): void {
  if (path === "") return;
  const { url = "", headers } = request;
  const inside = pathOf(url).slice(path.length);
  request.url = inside.startsWith("/") ? inside : `/${inside}`;
  Object.assign(request, { originalUrl: url });
  setField(request, "X-Forwarded-Prefix", `${headers["x-forwarded-prefix"] ?? ""}${path}`);
}

/** "/" is everything, and a slash at the end means nothing. */
function mountPath(word: string): string {
  return word.replace(/(?<!\/)\/+$/, "");
}

function isUnder(path: string, target: string): boolean {
  if (path === "") return true;
  return target.startsWith(path) && ["/", "?", undefined].includes(target[path.length]);
}

/** Without the origin of the absolute form. */
function pathOf(target: string): string {
  return target.startsWith("/") ? target : target.replace(/^https?:\/\/[^/?]*/i, "");
}
