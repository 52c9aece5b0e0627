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

/** @param port the gateway's, as far as it is known */
export function launchOf({ settings, args, appArgs }: Configured, port: number): Launch {
  return { app: settings.app, appArgs, args, port };
}

/** `PORT` is where the site is, unless the user has set another one. */
export function environmentOf(launch: Launch): Record<string, string> {
  const port = process.env.PORT || (launch.port === 0 ? "" : String(launch.port));
  return { [VARIABLE]: JSON.stringify(launch), ...(port !== "" && { PORT: port }) };
}

/** In a worker, once: what it was started with. Undefined in every process that is none. */
export function takeLaunch(): Launch | undefined {
  const text = process.env[VARIABLE];
  delete process.env[VARIABLE];
  return text === undefined ? undefined : JSON.parse(text);
}
