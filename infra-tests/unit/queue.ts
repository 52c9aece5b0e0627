import { dirname } from "node:path";

/** Files that wait. A worker that stays in a room loads the room's modules once. */
export class Queue {
  readonly #rooms: Map<string, string[]>;
  readonly #roomOfWorker = new Map<number, string>();

  constructor(files: readonly string[]) {
    this.#rooms = Map.groupBy(files, roomOf) as Map<string, string[]>;
  }

  /** @returns the next file for a worker: of its room, or else of the room that needs it most */
  next(worker: number): string | undefined {
    const last = this.#roomOfWorker.get(worker);
    const room = last !== undefined && this.#rooms.has(last) ? last : this.#neediest(worker);
    if (room === undefined) return undefined;
    this.#roomOfWorker.set(worker, room);
    const files = this.#rooms.get(room) ?? [];
    const file = files.shift();
    if (files.length === 0) this.#rooms.delete(room);
    return file;
  }

  #neediest(worker: number): string | undefined {
    this.#roomOfWorker.delete(worker);
    const occupied = [...this.#roomOfWorker.values()];
    const need = (room: string) =>
      (this.#rooms.get(room)?.length ?? 0) / (1 + occupied.filter((one) => one === room).length);
    return [...this.#rooms.keys()].sort((one, other) => need(other) - need(one))[0];
  }
}

/** A service, a package, or another folder of the clone's. */
function roomOf(file: string): string {
  const [top = "", name = ""] = dirname(file).split("/");
  return top === "services" || top === "packages" ? `${top}/${name}` : top;
}
