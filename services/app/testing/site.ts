import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { readSettings } from "@gatehouse/settings";
import { Application } from "../application.ts";
import type { Logger } from "../context.ts";
import type { DatabaseAccess } from "../models/database.ts";
import { type EmbeddedDatabase, openEmbedded } from "../models/embedded.ts";
import { Pool } from "../models/pool.ts";
import { appSettings } from "../settings.ts";
import type { Site } from "../site.ts";
import { closedPort } from "./closed-port.ts";
import { migratedData } from "./migrated-data.ts";

type Line = Readonly<Record<string, unknown>>;

/** A logger that keeps its lines. */
export function recordingLogger(): { logger: Logger; lines: Line[] } {
  const lines: Line[] = [];
  const keep =
    (level: string) =>
    (message: string, fields: Line = {}) => {
      lines.push({ level, message, ...fields });
    };
  return { logger: { info: keep("info"), warn: keep("warn"), error: keep("error") }, lines };
}

/** Postgres in this process, with all migrations applied; closed when the tests of a file end. */
export async function openTestDatabase(): Promise<EmbeddedDatabase> {
  const database = await openEmbedded(undefined, await migratedData());
  after(() => database.close());
  return database;
}

/** A pool whose database is not there. */
export async function unreachablePool(): Promise<Pool> {
  const environment = {
    DATABASE_URL: `postgres://gatehouse@127.0.0.1:${await closedPort()}/gatehouse`,
  };
  return new Pool(readSettings(appSettings, environment, []).values, recordingLogger().logger);
}

export interface TestSite {
  readonly site: Site;
  readonly application: Application;
  /** What the site has logged. */
  readonly lines: Line[];
  /** The media folder. */
  readonly media: string;
  /** What a gateway does when it begins to drain. */
  drain(): void;
}

/** The whole site, with a media folder of its own; `environment` are settings as variables. */
export function createTestSite(
  access: DatabaseAccess,
  environment: Record<string, string> = {},
): TestSite {
  const media = mkdtempSync(join(tmpdir(), "media-"));
  after(() => rmSync(media, { recursive: true }));
  const settings = { APP_MEDIA_DIRECTORY: media, ...environment };
  const { values } = readSettings(appSettings, settings, []);
  const { logger, lines } = recordingLogger();
  const draining = new AbortController();
  const { signal } = draining;
  const worker = { id: 2, pid: 4711 };
  const context = { settings, logger, replica: "replica-a", worker, signal };
  const application = new Application(access, values, context);
  after(() => application.close());
  return { site: application.site, application, lines, media, drain: () => draining.abort() };
}
