/**
 * Journeys through the chain to the echo application. In a run for another application, its own folder
 * of stories is mounted in the place of this one.
 */
import { check } from "k6";
import http from "k6/http";
import type { Journeys } from "../journey.ts";

const ORIGIN = "https://web:8443";

export const journeys: Journeys = {
  read: { share: 0.8, seconds: 1, run: read },
  send: { share: 0.2, seconds: 1, run: send },
};

export function setup(): undefined {
  return undefined;
}

/** Requests a page; the response names the tiers that it came through. */
function read(): void {
  const response = http.get(`${ORIGIN}/any/page?q=1`, { tags: { name: "page" } });
  check(response, {
    "the page is complete": ({ status, json }) => status === 200 && json !== undefined,
    "it came through all tiers": ({ headers }) =>
      /\bweb;dur=.*\bgateway;dur=.*\bapp;dur=/.test(headers["Server-Timing"] ?? ""),
  });
}

const BODY = "x".repeat(32 * 1024);

/** Sends a body and gets it back. */
function send(): void {
  const response = http.post(`${ORIGIN}/upload`, BODY, {
    tags: { name: "upload" },
    headers: { "Content-Type": "application/octet-stream" },
    responseType: "text",
  });
  check(response, { "the body comes back": ({ status, body }) => status === 200 && body === BODY });
}
