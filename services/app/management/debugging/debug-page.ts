import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { html } from "hono/html";
import { HTTPException } from "hono/http-exception";
import type { Logger } from "../../context.ts";
import { DatabaseUnavailable } from "../../database/failure.ts";
import type { Site } from "../../site.ts";
import type { Markup } from "../../templates/page.ts";
import type { ViewContext } from "../../view-context.ts";
import { failed } from "../../views/errors.ts";

/** Source lines before and after the failed one. */
const AROUND = 5;
const HIDDEN = /cookie|authorization|csrf/i;

/** Shows unexpected errors with their stack. The others keep their own pages. */
export function showDebugPages(site: Site, logger: Logger): void {
  const usual = failed(logger);
  site.onError((error, c) => {
    const isExpected = error instanceof HTTPException || error instanceof DatabaseUnavailable;
    if (isExpected) return usual(error, c);
    logger.error("request failed", { error });
    return c.html(debugPage(error, c), 500);
  });
}

/** Without the site's own templates: they may be what failed. */
function debugPage(error: Error, c: ViewContext): Markup {
  const { file, line } = locationOf(error);
  const request = [
    `${c.req.method} ${c.req.url}`,
    ...[...c.req.raw.headers].map(
      ([name, value]) => `${name}: ${HIDDEN.test(name) ? "(hidden)" : value}`,
    ),
  ];
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${error.name}: ${error.message}</title>
  </head>
  <body>
    <h1>${error.name}: ${error.message}</h1>
    ${
      file !== undefined &&
      html`<h2>${file}:${line}</h2>
    <pre>${sourceAround(file, line)}</pre>`
    }
    <h2>Stack</h2>
    <pre>${error.stack ?? "none"}${causesOf(error)}</pre>
    <h2>Request</h2>
    <pre>${request.join("\n")}</pre>
    <p>Only runserver shows this page. In production a visitor sees only the request id, which is in the log.</p>
  </body>
</html>`;
}

/** The first line of the stack that is in our own code. */
function locationOf(error: Error): { readonly file: string | undefined; readonly line: number } {
  for (const frame of (error.stack ?? "").split("\n")) {
    const [, url, line] = /(file:\/\/[^\s:]+):(\d+):\d+/.exec(frame) ?? [];
    if (url !== undefined && !url.includes("/node_modules/")) {
      return { file: fileURLToPath(url), line: Number(line) };
    }
  }
  return { file: undefined, line: 0 };
}

function sourceAround(file: string, line: number): string {
  try {
    const lines = readFileSync(file, "utf8").split("\n");
    const first = Math.max(0, line - 1 - AROUND);
    return lines
      .slice(first, line + AROUND)
      .map((text, index) => {
        const number = first + index + 1;
        return `${number === line ? ">" : " "} ${String(number).padStart(4)} ${text}`;
      })
      .join("\n");
  } catch {
    return "(the source cannot be read)";
  }
}

function causesOf({ cause }: Error): string {
  if (!(cause instanceof Error)) return "";
  return `\n\ncaused by ${cause.stack ?? cause.message}${causesOf(cause)}`;
}
