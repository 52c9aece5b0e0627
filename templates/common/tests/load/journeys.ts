import type { Journeys } from "@gatehouse/testing/load";
import { check } from "k6";
import http from "k6/http";

const ORIGIN = "https://web:8443";

/** Runs once before the journeys; what it returns is given to each of them. */
export function setup(): void {}

/** What the visitors do, and which share of them. `make load` has RATE= of them begin each second. */
export const journeys = {
  read: { share: 0.9, seconds: 1, run: read },
  write: { share: 0.1, seconds: 1, run: write },
} satisfies Journeys;

function read(): void {
  const page = http.get<"text">(`${ORIGIN}/`, { tags: { name: "page" }, responseType: "text" });
  check(page, { "the page is complete": ({ body }) => body?.includes("</html>") ?? false });
  const [, sheet] = /href="(\/assets\/[^"]+)"/.exec(page.body ?? "") ?? [];
  const file = http.get(`${ORIGIN}${sheet}`, { tags: { name: "style sheet" } });
  check(file, { "the style sheet is sent": ({ status }) => status === 200 });
}

function write(): void {
  const fields = {
    text: `load ${Date.now()}`,
    picture: http.file("", "", "application/octet-stream"),
  };
  const params = { tags: { name: "add" }, redirects: 0, headers: { Origin: ORIGIN } };
  const response = http.post(`${ORIGIN}/entries`, fields, params);
  check(response, { "the entry is added": ({ status }) => status === 303 });
}
