import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { readSettings } from "@gatehouse/settings";
import { type Application, startApplication } from "../application.ts";
import type { GatewayContext } from "../context.ts";
import type { DatabaseAccess } from "../database/access.ts";
import { appSettings } from "../settings.ts";
import type { Site } from "../site.ts";
import { type Line, recordingLogger } from "./logger.ts";

export interface TestSite {
  readonly site: Site;
  readonly application: Application;
  /** The log. */
  readonly lines: Line[];
  /** The media folder. */
  readonly media: string;
  /** Does what a gateway does when its worker begins to drain. */
  drain(): void;
}

/** The whole site, with its own media folder. @param environment settings, as variables */
export function createTestSite(
  access: DatabaseAccess,
  environment: Record<string, string> = {},
  tracer?: GatewayContext["tracer"],
): TestSite {
  const media = mkdtempSync(join(tmpdir(), "media-"));
  after(() => rmSync(media, { recursive: true }));
  const settings = { MEDIA_DIRECTORY: media, ...environment };
  const { values } = readSettings(appSettings, settings, []);
  const { logger, lines } = recordingLogger();
  const draining = new AbortController();
  const { signal } = draining;
  const worker = { id: 2, pid: 4711 };
  const context = { settings, logger, replica: "replica-a", worker, signal, tracer };
  const application = startApplication(access, values, context);
  after(() => application.close());
  return { site: application.site, application, lines, media, drain: () => draining.abort() };
}
