import { existsSync } from "node:fs";
import { join } from "node:path";
import { isPackaged, layout } from "../layout.ts";
import type { BootLog } from "./boot-failure.ts";
import type { Program } from "./child.ts";
import type { Source } from "./log-line.ts";
import type { DatabaseAddress } from "./postgres.ts";
import { WATCH_SCRIPT, watcherOf } from "./watcher.ts";

type Port = "http" | "https" | "edgeAdmin" | "relay" | "gateway" | "gatewayAdmin";

const MANAGE = `${layout.application}/manage.ts`;

/** What of a clone's settings the chain runs. */
export interface ApplicationOfClone {
  /** The module that the gateway loads. */
  readonly app: string;
  /** The program and the schedule of the background jobs; "" for none. */
  readonly jobs: string;
  readonly schedule: string;
  /** The application's own variables, from app.env. A variable of the shell outranks them. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * The programs of the chain: the same as in the containers, but on loopback, and the application's compiler. Those of
 * an application without `manage.ts`, without background jobs, or that Node runs as it is, are undefined.
 */
export function programs(
  root: string,
  folder: string,
  { app, jobs, schedule, variables }: ApplicationOfClone,
  ports: Readonly<Record<Port, number>>,
  database: Readonly<Record<"owner" | "site", DatabaseAddress>>,
  bootLog: BootLog,
) {
  const assets = join(folder, "assets");
  const media = join(folder, "media");
  const connection = ({ url, passwordFile }: DatabaseAddress) => ({
    DATABASE_URL: url,
    DATABASE_PASSWORD_FILE: passwordFile,
  });
  const application = {
    ...Object.fromEntries(
      Object.entries(variables).filter(([name]) => process.env[name] === undefined),
    ),
    ...connection(database.site),
    NODE_ENV: "development",
    ASSETS_DIRECTORY: assets,
    MEDIA_DIRECTORY: media,
    MEDIA_REDIRECT: "/protected-media/",
  };
  // What the next `make dev` knows them by, if this one is killed.
  const argv0 = `node (make dev in ${root})`;
  const program = (
    source: Source,
    script: string,
    operands: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): Program & { readonly argv0: string } => ({
    source,
    argv0,
    command: [process.execPath, join(root, script), ...operands],
    cwd: root,
    environment,
    // Not TERM: a graceful stop would wait for open event streams.
    end: "SIGINT",
  });
  const manage = (source: Source, command: string = source, environment = {}) =>
    existsSync(join(root, MANAGE))
      ? program(source, MANAGE, [command], { ...application, ...environment })
      : undefined;
  const compiler: Program = {
    source: "compiler",
    argv0,
    command: [process.execPath, "--run", WATCH_SCRIPT],
    cwd: join(root, layout.application),
    environment: {},
    end: "SIGTERM",
  };
  return {
    migrate: manage("migrate", "migrate", connection(database.owner)),
    static: manage("static", "collectstatic"),
    seed: manage("seed"),
    compiler: isPackaged && watcherOf(root) === "compiler" ? compiler : undefined,
    gateway: {
      ...program("gateway", layout.gateway, [app], {
        ...application,
        // A worker may start at any moment, also between a change of static/ and its collection.
        COLLECT_AT_START: "yes",
        GATEWAY_CHDIR: join(root, layout.application),
        GATEWAY_PORT: String(ports.gateway),
        GATEWAY_ADMIN_PORT: String(ports.gatewayAdmin),
        GATEWAY_CONTROL_SOCKET: "off",
        // A reload starts them one after the other: with one, a change is served twice as soon.
        GATEWAY_WORKERS: process.env.GATEWAY_WORKERS ?? "1",
        GATEWAY_LAME_DUCK: "0",
      }),
      hides: (line: string) => bootLog.read(line),
    },
    jobs:
      jobs === "" && schedule === ""
        ? undefined
        : program("jobs", layout.jobs, [], {
            ...application,
            JOBS_ENTRY: jobs,
            JOBS_SCHEDULE: schedule,
            JOBS_STATE: join(folder, "jobs"),
          }),
    edge: program("edge", layout.edge, [], {
      WEB_HTTP_PORT: String(ports.http),
      WEB_HTTPS_PORT: String(ports.https),
      WEB_ADMIN_PORT: String(ports.edgeAdmin),
      WEB_PUBLIC_ORIGIN: `https://127.0.0.1:${ports.https}`,
      WEB_UPSTREAM: `127.0.0.1:${ports.relay}`,
      WEB_UPSTREAM_ADMIN_PORT: String(ports.gatewayAdmin),
      WEB_TLS_CERTIFICATE: join(root, "secrets/tls.crt"),
      WEB_TLS_KEY: join(root, "secrets/tls.key"),
      WEB_ASSETS: assets,
      WEB_MEDIA: media,
    }),
  };
}
