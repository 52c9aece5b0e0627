import type { Fault } from "./fault.ts";
import { CONTROL, FAULTS } from "./faults/all.ts";

/**
 * The faults of a run: all, or those that ONLY names, with commas between; the control run is first.
 * @throws Error with the names that there are
 */
export function readOptions({ ONLY }: Readonly<Record<string, string | undefined>>): Fault[] {
  if (!ONLY) return [CONTROL, ...FAULTS];
  const chosen = ONLY.split(",").map((name) => {
    const found = FAULTS.find((fault) => fault.name === name.trim());
    if (found) return found;
    const names = FAULTS.map((fault) => fault.name).join(", ");
    throw new Error(`ONLY=${ONLY}: there is no fault ${name.trim()}; there are ${names}`);
  });
  return [CONTROL, ...chosen];
}
