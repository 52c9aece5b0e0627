import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { serve } from "crossws/server";
import { getMimeType } from "hono/utils/mime";
import { startApplication } from "../../application.ts";
import { readAssets } from "../../assets.ts";
import type { GatewayContext, Logger } from "../../context.ts";
import { type EmbeddedDatabase, openEmbedded } from "../../database/embedded.ts";
import { PictureStore } from "../../media/picture-store.ts";
import { hashPassword } from "../../models/password.ts";
import type { AppValues } from "../../settings.ts";
import { CommandError } from "../command.ts";
import { SEED_PASSWORD, seedBoard } from "../seed.ts";
import { showDebugPages } from "./debug-page.ts";

/** Serves the whole site until a signal. @param folder for the database and the pictures */
export async function serveForDebugging(
  given: AppValues,
  port: number,
  folder: string,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  if (!existsSync(join(folder, "database"))) {
    process.stdout.write("runserver: the first start creates the database, which takes a while\n");
  }
  // There is no web server that could send the pictures.
  const values = { ...given, mediaDirectory: join(folder, "media"), mediaRedirect: "" };
  const database = await openDatabase(join(folder, "database"));
  const pictures = new PictureStore(values.mediaDirectory, values.pictureLimit);
  const passwordHash = await hashPassword(SEED_PASSWORD);
  await database.query((work) => seedBoard(work, pictures, passwordHash));
  const draining = new AbortController();
  const context: GatewayContext = {
    settings: process.env,
    logger: consoleLogger,
    replica: hostname(),
    worker: { id: 0, pid: process.pid },
    signal: draining.signal,
  };
  const application = startApplication(database, values, context);
  showDebugPages(application.site, consoleLogger);
  const assets = assetResponses();
  const server = serve({
    hostname: "127.0.0.1",
    port,
    gracefulShutdown: false,
    silent: true,
    fetch: (request) => assets(new URL(request.url).pathname) ?? application.site.fetch(request),
    websocket: application.websocket,
  });
  await server.ready();
  process.stdout.write(banner(server.url ?? ""));
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  draining.abort();
  await server.close(true);
  await application.close();
  return "stopped; the data stays in .dev/runserver";
}

async function openDatabase(folder: string): Promise<EmbeddedDatabase> {
  try {
    return await openEmbedded(folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(
      `the database in ${folder} cannot be opened (${reason}): is another runserver using it? If not, remove the folder: the next start creates it`,
    );
  }
}

function assetResponses(): (path: string) => Response | undefined {
  const files = new Map(readAssets().map((asset) => [`/assets/${asset.hashedName}`, asset]));
  return (path) => {
    const asset = files.get(path);
    if (asset === undefined) return undefined;
    const headers = {
      "Content-Type": getMimeType(asset.name) ?? "application/octet-stream",
      "Cache-Control": "no-cache",
    };
    return new Response(new Uint8Array(asset.content), { headers });
  };
}

function banner(url: string): string {
  return [
    `runserver: ${url} serves the site from this one process.`,
    "           It is for debugging only: it shows its errors, and has no TLS, no workers and no",
    "           limits. For the real chain use make dev or make up.",
    `           Sign in as Ada, or as Marion, a moderator, with "${SEED_PASSWORD}".`,
    "",
  ].join("\n");
}

/** Readable lines for a developer; an error has its stack. */
const write: Logger["info"] = (message, fields = {}) => {
  const { method, target, status, duration_ms } = fields;
  const words = Object.entries(fields).map(([name, value]) =>
    value instanceof Error ? `\n${value.stack}` : `${name}=${value}`,
  );
  const isAccess = message === "access";
  const access = `${method} ${target} ${status} ${duration_ms} ms`;
  process.stdout.write(`${isAccess ? access : [message, ...words].join(" ")}\n`);
};
const consoleLogger: Logger = { info: write, warn: write, error: write };
