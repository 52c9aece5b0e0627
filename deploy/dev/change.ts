import { type FSWatcher, watch } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { isPackaged } from "../layout.ts";
import { type Watcher, watcherOf } from "./watcher.ts";

/** The steps that a changed file can need, in the order in which they run. */
export const STEPS = ["migrate", "static", "gateway", "reload", "jobs", "edge"] as const;
export type Step = (typeof STEPS)[number];

type Pattern = { readonly test: (path: string) => boolean };
type Rules = readonly (readonly [pattern: Pattern, steps: readonly Step[]])[];

/** The steps of a changed file: the first pattern that matches its path counts. */
const RULES: Rules = [
  [/(^|\/)(node_modules|\.[^/]*)(\/|$)|~$|\.(md|tmp|swp|draft)$/, []],
  [/\.(test|process|measure)\.ts$|(^|\/)testing\/|^services\/app\/stories\//, []],
  [/^packages\//, ["gateway", "jobs", "edge"]],
  [/^services\/web\//, ["edge"]],
  [/^services\/gateway\//, ["gateway"]],
  [/^services\/jobs\//, ["jobs"]],
  [/^services\/app\/migrations\/.*\.sql$/, ["migrate", "reload", "jobs"]],
  [/^services\/app\/migrations\//, []],
  [/^services\/app\/static\//, ["static", "reload"]],
  [/^(services\/app|examples)\//, ["reload", "jobs"]],
];

/**
 * What counts first in a project of one's own, where the chain is not the only one that watches.
 * @param app the module that the gateway loads: Node itself loads it, whatever else is compiled
 */
const watched = (app: Pattern): Readonly<Record<Watcher, Rules>> => ({
  chain: [],
  compiler: [
    [app, ["reload"]],
    // What the compiler has made of a source counts.
    [/^app\/.*\.[cm]?tsx?$/, []],
  ],
  framework: [
    // Next's own server for development lets no second one run beside it.
    [app, ["gateway"]],
    [/^app\/migrations\/.*\.sql$/, ["migrate", "jobs"]],
    [/^app\//, ["jobs"]],
  ],
});

/**
 * The same in a project of one's own: what is ours does not change there while it runs.
 * @param app the module that the gateway loads, perhaps with an export
 */
export const projectRules = (watcher: Watcher, app: string): Rules => [
  [/(^|\/)(node_modules|\.[^/]*)(\/|$)|~$|\.(md|tmp|swp|draft)$|\.test\.[jt]s$/, []],
  ...watched(exactly(app.replace(/:.*/, "")))[watcher],
  [/^site\.ts$/, ["edge"]],
  [/^gateway\.config\.ts$/, ["gateway"]],
  [/^app\/migrations\/.*\.sql$/, ["migrate", "reload", "jobs"]],
  [/^app\/static\//, ["static", "reload"]],
  [/^app\//, ["reload", "jobs"]],
];

const exactly = (path: string): Pattern => ({ test: (other) => other === path });

/** The folders with the files that the chain runs. */
const FOLDERS = isPackaged ? ["app"] : ["packages", "services", "examples"];
/** Files of the project's own folder, which is not watched with all below it. */
const FILES = isPackaged ? ["site.ts", "gateway.config.ts"] : [];

/** Milliseconds without a change. Editors write a file in several steps, a checkout writes many. */
const QUIET = 80;

/** @param rules by default those of this repository */
export function stepsFor(path: string, rules: Rules = RULES): readonly Step[] {
  return rules.find(([pattern]) => pattern.test(path))?.[1] ?? [];
}

/** Calls `changed` with the steps of all changed files, once no more files change. */
export class ChangeWatch implements Disposable {
  readonly #watchers: FSWatcher[];
  readonly #rules: Rules;
  readonly #due = new Set<Step>();
  readonly #changed: (steps: ReadonlySet<Step>) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(root: string, app: string, changed: (steps: ReadonlySet<Step>) => void) {
    this.#changed = changed;
    this.#rules = isPackaged ? projectRules(watcherOf(root), app) : RULES;
    const folders = FOLDERS.map((folder) =>
      watch(join(root, folder), { recursive: true }, (_event, file) => {
        if (file !== null) this.#add(`${folder}/${file}`);
      }),
    );
    const files = watch(root, (_event, file) => {
      if (file !== null && FILES.includes(file)) this.#add(file);
    });
    this.#watchers = [...folders, files];
  }

  /** Resolves once all changes so far are reported. */
  async reported(): Promise<void> {
    do await pause(QUIET);
    while (this.#timer !== undefined);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
  }

  #add(path: string): void {
    const steps = stepsFor(path, this.#rules);
    if (steps.length === 0) return;
    for (const step of steps) this.#due.add(step);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const due = new Set(this.#due);
      this.#due.clear();
      this.#changed(due);
    }, QUIET);
  }
}
