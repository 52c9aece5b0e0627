import { type FSWatcher, watch } from "node:fs";
import { join } from "node:path";

/** What has to be done anew, in the order in which it is done. */
export const STEPS = ["migrate", "static", "gateway", "reload", "edge"] as const;
export type Step = (typeof STEPS)[number];

/** Which steps a changed file asks for; the first pattern that fits its path counts. */
const RULES: readonly (readonly [pattern: RegExp, steps: readonly Step[]])[] = [
  [/(^|\/)(node_modules|\.[^/]*)(\/|$)|~$|\.(md|tmp|swp|draft)$/, []],
  [/\.(test|contract|load)\.ts$/, []],
  [/^packages\//, ["gateway", "edge"]],
  [/^services\/web\//, ["edge"]],
  [/^services\/gateway\//, ["gateway"]],
  [/^services\/app\/migrations\/.*\.sql$/, ["migrate", "reload"]],
  [/^services\/app\/migrations\//, []],
  [/^services\/app\/static\//, ["static", "reload"]],
  [/^(services\/app|examples)\//, ["reload"]],
];

/** The folders whose files the chain runs. */
const FOLDERS = ["packages", "services", "examples"];

/** Editors write a file in several moves, and a checkout writes many files. */
const QUIET = 80;

export function stepsFor(path: string): readonly Step[] {
  return RULES.find(([pattern]) => pattern.test(path))?.[1] ?? [];
}

/** Calls `changed` with the steps that files ask for, once they have come to rest. */
export class ChangeWatch implements Disposable {
  readonly #watchers: FSWatcher[];
  readonly #wanted = new Set<Step>();
  readonly #changed: (steps: ReadonlySet<Step>) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(root: string, changed: (steps: ReadonlySet<Step>) => void) {
    this.#changed = changed;
    this.#watchers = FOLDERS.map((folder) =>
      watch(join(root, folder), { recursive: true }, (_event, file) => {
        if (file !== null) this.#note(`${folder}/${file}`);
      }),
    );
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
  }

  #note(path: string): void {
    for (const step of stepsFor(path)) this.#wanted.add(step);
    if (this.#wanted.size === 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const steps = new Set(this.#wanted);
      this.#wanted.clear();
      this.#changed(steps);
    }, QUIET);
  }
}
