import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { hostname } from "node:os";
import { extname, join } from "node:path";
import { serve } from "crossws/server";
import { Application } from "../../application.ts";
import { readAssets } from "../../assets.ts";
import type { GatewayContext } from "../../context.ts";
import { PictureStore } from "../../media/picture-store.ts";
import { type EmbeddedDatabase, openEmbedded } from "../../models/embedded.ts";
import { hashPassword } from "../../models/password.ts";
import type { AppValues } from "../../settings.ts";
import { CommandError } from "../command.ts";
import { seedBoard } from "../seed/seed-board.ts";
import { SEED_PASSWORD } from "../seed.ts";
import { consoleLogger } from "./console-logger.ts";
import { showDebugPages } from "./debug-page.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/**
 * Serves the site from this one process until a signal ends it: application, database, static files
 * and pictures, without a web server and a gateway.
 * @param folder where the database and the pictures stay
 * @returns what to say at the end
 */
export async function serveForDebugging(
  given: AppValues,
  port: number,
  folder: string,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  if (!existsSync(join(folder, "database"))) {
    process.stdout.write("runserver: the first start makes the database, which takes a while\n");
  }
  // The process itself sends the pictures: no web server stands in front that would.
  const values = { ...given, mediaDirectory: join(folder, "media"), mediaRedirect: "" };
  const database = await openDatabase(join(folder, "database"));
  const pictures = new PictureStore(values.mediaDirectory, values.pictureLimit);
  const passwordHash = await hashPassword(SEED_PASSWORD);
  await database.ask((work) => seedBoard(work, pictures, passwordHash));
  const draining = new AbortController();
  const context: GatewayContext = {
    settings: process.env,
    logger: consoleLogger,
    replica: hostname(),
    worker: { id: 0, pid: process.pid },
    signal: draining.signal,
  };
  const application = new Application(database, values, context);
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
  await application.ready();
  process.stdout.write(banner(server.url ?? ""));
  await ended();
  draining.abort();
  await server.close(true);
  await application.close();
  return "ended; the data stays in .dev/runserver";
}

async function openDatabase(folder: string): Promise<EmbeddedDatabase> {
  try {
    return await openEmbedded(folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(
      `the database in ${folder} cannot be opened (${reason}): is another runserver using it? Else remove the folder: it is made anew`,
    );
  }
}

/** The files of static/ under the addresses that templates link. */
function assetResponses(): (path: string) => Response | undefined {
  const files = new Map(readAssets().map((asset) => [`/assets/${asset.hashedName}`, asset]));
  return (path) => {
    const asset = files.get(path);
    if (asset === undefined) return undefined;
    const headers = {
      "Content-Type": TYPES[extname(asset.name)] ?? "application/octet-stream",
      "Cache-Control": "no-cache",
    };
    return new Response(new Uint8Array(asset.content), { headers });
  };
}

function banner(url: string): string {
  return [
    `runserver: ${url} serves the site, and this process alone does everything.`,
    "           It is for debugging only: it shows its errors, serves nobody else well, and has no",
    "           TLS, no workers and no limits. The real chain is make dev, or make up.",
    `           Sign in as Ada, or as Marion who may moderate, with "${SEED_PASSWORD}".`,
    "",
  ].join("\n");
}

function ended(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  return promise;
}
