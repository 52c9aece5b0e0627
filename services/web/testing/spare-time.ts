import { spareTime } from "../limits/spare-time.ts";

/** Takes all spare time of so many turns of the event loop: what is added from now on waits behind. */
export function occupyTurns(turns: number): void {
  for (let turn = 0; turn < turns; turn++) spareTime.later(takeTurn);
}

/** More than a turn has for what waits. */
export function takeTurn(): void {
  const end = performance.now() + 2.5;
  while (performance.now() < end);
}

/** Whether nothing of a client waits: then its next work comes before that of one who comes later. */
export async function isFree(client: string): Promise<boolean> {
  const order: string[] = [];
  spareTime.later(() => void order.push(client), client);
  await new Promise<void>((ran) => {
    spareTime.later(() => {
      order.push("later");
      ran();
    });
  });
  return order[0] === client;
}
