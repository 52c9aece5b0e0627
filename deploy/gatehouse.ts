import { layout } from "./layout.ts";
import { Problem } from "./problem.ts";
import { readOrigin } from "./project/origin.ts";

/** A command, and how its program is loaded: it runs as it is loaded, and reads `process.argv` as its own. */
type Command = () => Promise<unknown>;

/** Those whose program serves several: the name is its first argument. */
const mode: Command = () => import("./mode.ts");
const onServer: Command = () => import("./servers/main.ts");
const test: Command = () => import("./test.ts");
const NAMED: Readonly<Record<string, Command>> = {
  pause: mode,
  resume: mode,
  maintenance: mode,
  live: mode,
  check: test,
  test,
  e2e: test,
  load: test,
  // Compose's: here make runs it.
  ps: onServer,
  exec: onServer,
  psql: onServer,
};

/** Those that develop and test a starter: an application that was there before does both by its own commands. */
const OF_STARTERS = ["dev", "check", "test", "e2e", "load"];

const COMMANDS: Readonly<Record<string, Command>> = {
  up: () => import("./up.ts"),
  deploy: () => import("./deploy.ts"),
  dev: () => import("./dev.ts"),
  releases: () => import("./releases.ts"),
  rollback: () => import("./rollback.ts"),
  canary: () => import("./canary.ts"),
  backup: () => import("./backup.ts"),
  backups: () => import("./backups.ts"),
  restore: () => import("./restore.ts"),
  rmbackup: () => import("./rmbackup.ts"),
  logs: () => import("./logs.ts"),
  server: () => import("./servers/prepare/main.ts"),
  status: () => import("./status.ts"),
  doctor: () => import("./doctor.ts"),
  sbom: () => import("./sbom.ts"),
  update: () => import("./update.ts"),
  engine: () => import("./bare-machine/engine/main.ts"),
  "base-images": () => import("./bare-machine/base-images/main.ts"),
};

/**
 * Runs a command of `gatehouse`, as a project of one's own has it: what `make COMMAND` runs here from source. With TO=
 * it does that on a server.
 * @throws Problem for a name that is none
 */
export async function runGatehouse(words: readonly string[]): Promise<void> {
  const [name = "", ...rest] = words;
  const named = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
  const here = named ?? (Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined);
  if (here === undefined) {
    const names = [...Object.keys(COMMANDS), ...Object.keys(NAMED)].sort().join(", ");
    throw new Problem(`there is no command ${name || "without a name"}: use ${names}`, 64);
  }
  if (OF_STARTERS.includes(name) && readOrigin(layout.root)?.adopted !== undefined) {
    throw new Problem(
      `gatehouse ${name} is for projects of make new. An adopted application keeps its own commands, such as ` +
        "npm run dev in the folder above; make up has it behind the chain",
      64,
    );
  }
  const elsewhere = isForServer(name, process.env.TO ?? "") ? onServer : undefined;
  process.argv.splice(2, Infinity, ...((elsewhere ?? named) ? words : rest));
  await (elsewhere ?? here)();
}

/** A number is a release, for rollback alone: whatever else was meant for elsewhere must do nothing here. */
function isForServer(name: string, to: string): boolean {
  return to !== "" && name !== "server" && !(name === "rollback" && /^\d+$/.test(to));
}
