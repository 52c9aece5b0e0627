import { join } from "node:path";
import type { Program } from "./child.ts";
import type { Source } from "./log-line.ts";
import type { DatabaseAddress } from "./postgres.ts";

type Port = "http" | "https" | "edgeAdmin" | "gateway" | "gatewayAdmin";

/** The programs of the chain: the same as in the containers, but on loopback. */
export function programs(
  root: string,
  folder: string,
  app: string,
  ports: Readonly<Record<Port, number>>,
  database: Readonly<Record<"owner" | "site", DatabaseAddress>>,
) {
  const assets = join(folder, "assets");
  const media = join(folder, "media");
  const connection = ({ url, passwordFile }: DatabaseAddress) => ({
    DATABASE_URL: url,
    DATABASE_PASSWORD_FILE: passwordFile,
  });
  const application = {
    ...connection(database.site),
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
  const manage = (source: Source, command: string = source, environment = {}) =>
    program(source, "services/app/manage.ts", [command], { ...application, ...environment });
  return {
    migrate: manage("migrate", "migrate", connection(database.owner)),
    static: manage("static", "collectstatic"),
    seed: manage("seed"),
    gateway: program("gateway", "services/gateway/main.ts", [app], {
      ...application,
      // A worker may start at any moment, also between a change of static/ and its collection.
      APP_COLLECT_AT_START: "yes",
      GATEWAY_PORT: String(ports.gateway),
      GATEWAY_ADMIN_PORT: String(ports.gatewayAdmin),
      GATEWAY_CONTROL_SOCKET: "off",
      GATEWAY_WORKERS: "2",
      GATEWAY_LAME_DUCK: "0",
    }),
    edge: program("edge", "services/web/main.ts", [], {
      WEB_HTTP_PORT: String(ports.http),
      WEB_HTTPS_PORT: String(ports.https),
      WEB_ADMIN_PORT: String(ports.edgeAdmin),
      WEB_PUBLIC_ORIGIN: `https://127.0.0.1:${ports.https}`,
      WEB_UPSTREAM: `127.0.0.1:${ports.gateway}`,
      WEB_UPSTREAM_ADMIN_PORT: String(ports.gatewayAdmin),
      WEB_TLS_CERTIFICATE: join(root, "secrets/tls.crt"),
      WEB_TLS_KEY: join(root, "secrets/tls.key"),
      WEB_ASSETS: assets,
      WEB_MEDIA: media,
    }),
  };
}
