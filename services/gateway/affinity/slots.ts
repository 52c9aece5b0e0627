import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Pool } from "../pool/pool.ts";
import type { WorkerProcess } from "../pool/worker-process.ts";
import { socketPath } from "./link.ts";

/**
 * Gives the workers their slots, by which requests are shared out (affinity.ts): as many as the pool
 * has workers. A worker keeps its slot until it retires or dies, and its replacement takes the slot
 * over. So a reload moves the requests of each worker once, when that worker retires, and no others;
 * shared out by the workers' own ids, each step of it would move some of all.
 */
export class Slots {
  readonly #pool: Pool;
  readonly #folder: string;
  readonly #held = new Map<number, WorkerProcess>();

  /** @param folder that only this user may open, for the sockets of the workers */
  constructor(pool: Pool, folder: string) {
    this.#pool = pool;
    this.#folder = folder;
    pool.on("spawned", (worker) => {
      worker.on("state", () => this.#share());
      this.#share();
    });
    pool.on("resized", () => this.#share());
    // Its process may have had no time to remove it.
    pool.on("ended", ({ id }) => rmSync(socketPath(folder, id), { force: true }));
  }

  /** Removes the folder. */
  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #share(): void {
    const serving = this.#pool.workers.filter(({ state }) => state === "ready");
    for (const [slot, worker] of this.#held) {
      if (!serving.includes(worker)) this.#held.delete(slot);
    }
    const placed = new Set(this.#held.values());
    for (const worker of serving) {
      if (this.#held.size < this.#pool.size && !placed.has(worker)) {
        this.#held.set(this.#lowestFree(), worker);
      }
    }
    const slots = [...this.#held].map(([slot, { id }]) => ({ slot: String(slot), worker: id }));
    const ids = serving.map(({ id }) => id);
    for (const worker of this.#pool.workers) {
      worker.send({ type: "slots", folder: this.#folder, slots, serving: ids });
    }
  }

  #lowestFree(): number {
    let slot = 0;
    while (this.#held.has(slot)) slot++;
    return slot;
  }
}

/**
 * Makes a folder that only this user may open: beside the control socket, where that has a path.
 * @throws the error of the file system, such as EROFS
 */
export function makeFolder(controlSocket: string | undefined): string {
  const base = controlSocket ? dirname(controlSocket) : process.env.XDG_RUNTIME_DIR || tmpdir();
  return mkdtempSync(join(base, "gateway-workers-"));
}
