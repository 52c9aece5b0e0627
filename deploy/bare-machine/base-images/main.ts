import { parseArgs } from "node:util";
import { print } from "../../print.ts";
import { Problem, runCommand } from "../../problem.ts";
import { ensureEngine } from "../engine/ensure.ts";
import { ensureStandIns } from "./ensure.ts";
import { STAND_IN_NAMES, type StandInName } from "./stand-ins.ts";

const USAGE_EXIT_CODE = 64;

await runCommand(async () => {
  const { values, positionals } = parseArgs({
    options: { rebuild: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const unknown = positionals.find((word) => !STAND_IN_NAMES.includes(word as StandInName));
  if (unknown !== undefined) {
    const known = STAND_IN_NAMES.join(", ");
    throw new Problem(`no base image is called ${unknown}: there are ${known}`, USAGE_EXIT_CODE);
  }
  const names = positionals.length === 0 ? STAND_IN_NAMES : (positionals as StandInName[]);
  const say = (line: string): void => print(`${line}\n`);
  await ensureEngine(say);
  await ensureStandIns(names, say, values.rebuild);
});
