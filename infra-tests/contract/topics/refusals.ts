import assert from "node:assert/strict";
import { type Case, CORPUS, FEEDS, feed, type Heard, judge } from "@gatehouse/http/corpus";
import { call } from "../client.ts";
import { OtherStatus, type Row, type Topic } from "../row.ts";
import type { Subject } from "../subject.ts";

let markers = 0;

/** The corpus of `packages/http`: each case whole, and in the full run also in pieces. */
export const refusals: Topic = {
  name: "refusals",
  rows: Object.entries(CORPUS).flatMap(([group, cases]) =>
    cases.flatMap((each) => [row(group, each, "whole"), row(group, each, "in pieces")]),
  ),
};

function row(group: string, each: Case, cut: "whole" | "in pieces"): Row {
  const pieces = FEEDS[cut] ?? ((bytes: string) => [bytes]);
  return {
    id: `${group}: ${each.name}${cut === "whole" ? "" : ", in pieces"}`,
    says: sentence(each),
    rfc: "9112",
    at: ["edge", "gateway", "chain"],
    quick: cut === "whole",
    check: (subject) => check(subject, each, pieces(each.bytes)),
  };
}

function sentence({ saw, statuses }: Case): string {
  return saw.length === 0 ? `is rejected with ${statuses.join(", ")}` : "is served correctly";
}

async function check(subject: Subject, each: Case, pieces: string[]): Promise<void> {
  const due = subject.kind === "gateway" ? each : (each.atTheEdge ?? each);
  const { witness, kind } = subject;
  if (kind === "edge") await witness.clear();
  const heard = withResponses(await feed(subject.http, pieces));
  const saw = kind === "edge" ? await seenBy(subject) : due.saw;
  if (kind !== "edge") assert.equal(good(heard), good(due), "requests that the application served");
  await marker(subject);
  const verdict = judge(due, heard, saw);
  if (verdict === undefined) return;
  // No more responses than expected, and the application received nothing else.
  const refused = heard.statuses.length <= due.statuses.length && good(heard) === good(due);
  const unseen = saw.toSorted().join() === due.saw.toSorted().join();
  if (refused && unseen) throw new OtherStatus(verdict);
  throw new Error(verdict);
}

/** An echoed body ends without a line break, so the next response starts in the same line. */
function withResponses(heard: Heard): Heard {
  const statuses = [...heard.text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) =>
    Number(status),
  );
  return { ...heard, statuses: statuses.filter((status) => status !== 100) };
}

async function seenBy({ witness }: Subject): Promise<string[]> {
  const whole = (await witness.seen()).filter((each) => each.whole);
  return whole.map(({ method, target, body }) => `${method} ${target} ${body}`);
}

const good = ({ statuses }: Pick<Heard, "statuses">) =>
  statuses.filter((status) => status < 300).length;

/** A request on a new connection, right after, must get its own response. */
async function marker({ http }: Subject): Promise<void> {
  markers += 1;
  const target = `/marker/${markers}`;
  const { status, text } = await call(http, { target });
  assert.equal(status, 200, `the marker after it: ${text}`);
  assert.equal(JSON.parse(text).target, target, "the marker after it got another response");
}
