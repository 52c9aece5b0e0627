import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { until } from "../../stack/deadline.ts";
import { edge, type Topic } from "../row.ts";
import type { Subject } from "../subject.ts";

const EVENTS = { accept: "text/event-stream" };

async function open({ http }: Subject, path: string, headers: Record<string, string>) {
  const outgoing = request(`${http}${path}`, { headers });
  outgoing.on("error", () => {}).end();
  const [incoming]: [IncomingMessage] = (await once(outgoing, "response", {
    signal: AbortSignal.timeout(5_000),
  })) as [IncomingMessage];
  return { outgoing, incoming };
}

/** The witness sends a piece every 400 ms: a buffered piece arrives together with others. */
async function piecewise(subject: Subject, path: string, headers: Record<string, string>) {
  const { incoming } = await open(subject, path, headers);
  const arrived: number[] = [];
  for await (const _ of incoming) arrived.push(performance.now());
  const span = (arrived.at(-1) ?? 0) - (arrived[0] ?? 0);
  assert.ok(arrived.length >= 3 && span > 400, `${arrived.length} pieces over ${span} ms`);
}

export const streams: Topic = {
  name: "streams",
  rows: [
    edge("events", "HTML 9.2", "server-sent events arrive at once, for an EventSource", (s) =>
      piecewise(s, "/pieces?type=text/event-stream", EVENTS),
    ),
    edge(
      "events for all",
      "HTML 9.2",
      "server-sent events arrive at once, for a client that accepts any type",
      (subject) => piecewise(subject, "/pieces?type=text/event-stream", { accept: "*/*" }),
    ),
    edge("pieces", "", "a response of any type arrives piece by piece", (subject) =>
      piecewise(subject, "/pieces?type=text/html", { accept: "text/html" }),
    ),
    edge(
      "disconnect",
      "",
      "if the client disconnects, the response ends at the application",
      async (subject) => {
        await subject.witness.clear();
        const { outgoing } = await open(subject, "/endless", EVENTS);
        outgoing.destroy();
        await until(
          "the witness sees the disconnect",
          async () => (await subject.witness.requestTo("/endless")).disconnected,
          { within: 5_000, every: 20 },
        );
      },
    ),
    edge(
      "disconnect before the response",
      "",
      "if the client disconnects before the response, the request ends at the application",
      async (s) => {
        await s.witness.clear();
        const outgoing = request(`${s.http}/hang`).on("error", () => {});
        outgoing.end();
        await s.witness.requestTo("/hang");
        outgoing.destroy();
        await until(
          "the witness sees the disconnect",
          async () => (await s.witness.requestTo("/hang")).disconnected,
          { within: 1_500, every: 20 },
        );
      },
    ),
  ],
};
