import { join } from "node:path";
import type { DeploySettings } from "../env/environment.ts";
import type { Program } from "./child.ts";
import type { Source } from "./log-line.ts";

/** Ports and files by which the parts of the chain find each other. */
export interface Addresses {
  readonly http: number;
  readonly https: number;
  readonly edgeAdmin: number;
  readonly gateway: number;
  readonly gatewayAdmin: number;
  readonly databaseUrl: string;
  readonly databasePasswordFile: string;
}

/** The programs of the chain: the same as in the containers, but on loopback. */
export function programs(
  root: string,
  folder: string,
  settings: DeploySettings,
  addresses: Addresses,
) {
  const assets = join(folder, "assets");
  const media = join(folder, "media");
  const application = {
    DATABASE_URL: addresses.databaseUrl,
    DATABASE_PASSWORD_FILE: addresses.databasePasswordFile,
    APP_ASSETS_DIRECTORY: assets,
    APP_MEDIA_DIRECTORY: media,
    APP_MEDIA_REDIRECT: "/protected-media/",
  };
  const program = (
    source: Source,
    script: string,
    operands: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): Program => ({
    source,
    command: [process.execPath, join(root, script), ...operands],
    cwd: root,
    environment,
    // Not TERM: a graceful stop would wait for open event streams.
    end: "SIGINT",
  });
  const manage = (source: Source, command: string) =>
    program(source, "services/app/manage.ts", [command], application);
  return {
    migrate: manage("migrate", "migrate"),
    static: manage("static", "collectstatic"),
    seed: manage("seed", "seed"),
    gateway: program("gateway", "services/gateway/main.ts", [settings.app], {
      ...application,
      // A worker may start at any moment, also between a change of static/ and its collection.
      APP_COLLECT_AT_START: "yes",
      GATEWAY_PORT: String(addresses.gateway),
      GATEWAY_ADMIN_PORT: String(addresses.gatewayAdmin),
      GATEWAY_CONTROL_SOCKET: "off",
      GATEWAY_WORKERS: "2",
      GATEWAY_LAME_DUCK: "0",
    }),
    edge: program("edge", "services/web/main.ts", [], {
      WEB_HTTP_PORT: String(addresses.http),
      WEB_HTTPS_PORT: String(addresses.https),
      WEB_ADMIN_PORT: String(addresses.edgeAdmin),
      WEB_PUBLIC_ORIGIN: `https://127.0.0.1:${addresses.https}`,
      WEB_UPSTREAM: `127.0.0.1:${addresses.gateway}`,
      WEB_UPSTREAM_ADMIN_PORT: String(addresses.gatewayAdmin),
      WEB_TLS_CERTIFICATE: join(root, "secrets/tls.crt"),
      WEB_TLS_KEY: join(root, "secrets/tls.key"),
      WEB_ASSETS: assets,
      WEB_MEDIA: media,
    }),
  };
}
