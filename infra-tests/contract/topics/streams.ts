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

/** The witness makes a piece each 400 ms: one that is held back comes together with others. */
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
    edge(
      "events",
      "HTML 9.2",
      "server-sent events arrive as they are made, for an EventSource",
      (s) => piecewise(s, "/pieces?type=text/event-stream", EVENTS),
    ),
    edge("events for all", "HTML 9.2", "and for a client that accepts anything", (subject) =>
      piecewise(subject, "/pieces?type=text/event-stream", { accept: "*/*" }),
    ),
    edge("pieces", "", "a response of any type arrives piece by piece", (subject) =>
      piecewise(subject, "/pieces?type=text/html", { accept: "text/html" }),
    ),
    edge(
      "left",
      "",
      "a client that leaves ends the response at the application",
      async (subject) => {
        await subject.witness.forget();
        const { outgoing } = await open(subject, "/endless", EVENTS);
        outgoing.destroy();
        await until(
          "the witness sees the client leave",
          async () => (await subject.witness.sightingOf("/endless")).abandoned,
          { within: 5_000, every: 20 },
        );
      },
    ),
    edge(
      "left unanswered",
      "",
      "a client that leaves while nothing has come yet does too",
      async (s) => {
        await s.witness.forget();
        const outgoing = request(`${s.http}/hang`).on("error", () => {});
        outgoing.end();
        await s.witness.sightingOf("/hang");
        outgoing.destroy();
        await until(
          "the witness sees the client leave",
          async () => (await s.witness.sightingOf("/hang")).abandoned,
          { within: 1_500, every: 20 },
        );
      },
    ),
  ],
};
