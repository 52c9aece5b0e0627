import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { CONFIG_EXIT_CODE } from "@gatehouse/settings";
import { CommandError, defineCommand, USAGE_EXIT_CODE } from "./command.ts";

const REPOSITORY = join(import.meta.dirname, "../../..");
/** The folders whose changes restart the process. */
const WATCHED = ["services/app", "packages"];
const PORT = "8000";

export const runserverCommand = defineCommand({
  summary: "the site in one process, for debugging: own database, reload on change",
  usage: "[--port NUMBER] [--no-reload]",
  options: { port: { type: "string" }, "no-reload": { type: "boolean" } },
  run: async ({ values, options }) => {
    if (values.env === "production") {
      throw new CommandError(
        "refused, because NODE_ENV is production: runserver shows errors to every visitor; use the gateway (make up)",
        CONFIG_EXIT_CODE,
      );
    }
    const port = portOf(options.port ?? PORT);
    if (!options["no-reload"]) return await underWatch(port);
    const { serveForDebugging } = await import("./debugging/server.ts");
    return await serveForDebugging(values, port, join(REPOSITORY, ".dev/runserver"));
  },
});

function portOf(word: string): number {
  const port = /^\d{1,5}$/.test(word) ? Number(word) : Number.NaN;
  if (port <= 65_535) return port;
  throw new CommandError(`--port ${word}: expected a number from 0 to 65535`, USAGE_EXIT_CODE);
}

/** Node's watch mode restarts the process when a file changes. */
async function underWatch(port: number): Promise<string> {
  await requireFreePort(port);
  const paths = WATCHED.map((path) => `--watch-path=${join(REPOSITORY, path)}`);
  const manage = join(import.meta.dirname, "../manage.ts");
  const child = spawn(
    process.execPath,
    [...paths, "--watch-preserve-output", manage, "runserver", "--no-reload", `--port=${port}`],
    { stdio: "inherit" },
  );
  // A Ctrl-C of the terminal reaches both; the child ends first.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  await once(child, "exit");
  return "ended";
}

async function requireFreePort(port: number): Promise<void> {
  const probe = createServer().listen(port, "127.0.0.1");
  try {
    await once(probe, "listening");
  } catch {
    throw new CommandError(`127.0.0.1:${port} is already in use: choose another one with --port`);
  }
  probe.close();
  await once(probe, "close");
}
