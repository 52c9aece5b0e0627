import { join } from "node:path";

/** What a worker process is started with. */
export interface Launch {
  /** MODULE[:EXPORT]; the module is the process's main module. */
  readonly app: string;
  /** What the application finds in `process.argv` from its third word on. */
  readonly appArgs: readonly string[];
  /** The gateway's own command line: a worker reads the same configuration. */
  readonly args: readonly string[];
  /** The gateway's port; 0 where it is not known before it listens. */
  readonly port: number;
}

/** Set for the moment of a worker's start. No setting: the application and its processes never see it. */
const VARIABLE = "GATEHOUSE_WORKER";

interface Configured extends Pick<Launch, "args" | "appArgs"> {
  readonly settings: Pick<Launch, "app">;
}

/** The worker's own code. */
const CODE = import.meta.resolve("../worker/preload.ts");
/** Has Node load it before the main module, and is compiled by nothing. */
const HOLD = join(import.meta.dirname, "../worker/preload.cjs");
/** With these Node loads the main module by its ECMAScript loader in any case, after what they name. */
const IMPORTING = /--(import|(experimental-)?loader|experimental-(default-)?config-file)\b/;

/** Node's flags for a worker. */
export function preloading(): readonly string[] {
  const flags = [...process.execArgv, process.env.NODE_OPTIONS].join(" ");
  return IMPORTING.test(flags) ? ["--import", CODE] : ["--require", HOLD];
}

/** A process that the application forks gets the flags of this one, but is no worker. */
export function forgetPreloading(): void {
  const { execArgv } = process;
  const at = execArgv.findLastIndex((word) => word === CODE || word === HOLD);
  if (at > 0) execArgv.splice(at - 1, 2);
}

/** @param port the gateway's, as far as it is known */
export function launchOf({ settings, args, appArgs }: Configured, port: number): Launch {
  return { app: settings.app, appArgs, args, port };
}

/** `PORT` is where the site is, unless the user has set another one. */
export function environmentOf(launch: Launch): Record<string, string> {
  const port = process.env.PORT || (launch.port === 0 ? "" : String(launch.port));
  return {
    [VARIABLE]: JSON.stringify({ ...launch, code: CODE }),
    ...(port !== "" && { PORT: port }),
  };
}

/** In a worker, once: what it was started with. Undefined in every process that is none. */
export function takeLaunch(): Launch | undefined {
  const text = process.env[VARIABLE];
  delete process.env[VARIABLE];
  return text === undefined ? undefined : JSON.parse(text);
}
