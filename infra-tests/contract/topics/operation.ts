import assert from "node:assert/strict";
import { type Connections, Trickle } from "../../chain/trickle.ts";
import { until } from "../../stack/deadline.ts";
import { exec } from "../../stack/docker.ts";
import { header } from "../../stack/http.ts";
import { tails } from "../../stack/logs.ts";
import { call } from "../client.ts";
import { edge, slow, type Topic } from "../row.ts";
import type { Subject } from "../subject.ts";

const RELOADS = 5;
/** One request each 5 ms: 200 a second. */
const EVERY = 5;
/** Successful responses between two reloads. */
const BETWEEN = 100;

async function reloads(subject: Subject, connections: Connections): Promise<void> {
  const web = await subject.stack.container("web");
  const trickle = new Trickle(`${subject.http}/`, connections, EVERY);
  for (let count = 0; count < RELOADS; count += 1) {
    const before = trickle.ok;
    await until("requests are served", async () => trickle.ok >= before + BETWEEN, {
      within: 20_000,
    });
    await web.kill({ signal: "SIGHUP" });
  }
  const last = trickle.ok;
  await until("requests are served", async () => trickle.ok >= last + BETWEEN, {
    within: 20_000,
  });
  const counts = await trickle.stop();
  const failures = JSON.stringify(counts.failures);
  assert.equal(failures, "{}", `${failures}\n${await tails(subject.stack, "web")}`);
  assert.equal(counts.ok, counts.sent);
}

const VERB = ["node", "services/web/main.ts"];
const FILE = "/var/lib/gatehouse/maintenance";
/** The commands that start and end maintenance of each edge. */
const MAINTENANCE = {
  web: { begin: [...VERB, "maintenance"], end: [...VERB, "live"] },
  nginx: { begin: ["touch", FILE], end: ["rm", "-f", FILE] },
} as const;

async function runInEdge({ stack }: Subject, command: readonly string[]): Promise<void> {
  const { code, output } = await exec(await stack.container("web"), command);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: ${output}`);
}

export const operation: Topic = {
  name: "operation",
  rows: [
    slow(
      edge(
        "maintenance",
        "9110 15.6.4",
        "under maintenance the site responds with 503, and files are served",
        async (s) => {
          const { begin, end } = MAINTENANCE[s.edge];
          await runInEdge(s, begin);
          try {
            await s.witness.clear();
            const response = await call(s.http, { headers: { accept: "application/json" } });
            assert.equal(response.status, 503);
            assert.ok(Number(header(response, "retry-after")) >= 1);
            assert.equal(JSON.parse(response.text).status, 503);
            const file = await call(s.http, { target: "/assets/digits.0123456789abcdef.txt" });
            assert.equal(file.status, 200);
            await (await s.stack.container("web")).restart();
            await until(
              "the edge responds again",
              async () => (await call(s.http)).status === 503,
              {
                within: 20_000,
              },
            );
            assert.deepEqual(await s.witness.seen(), []);
          } finally {
            await runInEdge(s, end);
          }
          await until("the site is live again", async () => (await call(s.http)).status === 200, {
            within: 5_000,
          });
        },
      ),
    ),
    slow(
      edge("pause", "", "a pause holds requests and loses none", async (subject) => {
        await runInEdge(subject, [...VERB, "pause", "20"]);
        const held = Array.from({ length: 10 }, () => call(subject.http));
        // Long enough for a response that is not held.
        const check = exec(await subject.stack.container("web"), ["true"]);
        const early = await Promise.race([...held, check]);
        await runInEdge(subject, [...VERB, "resume"]);
        assert.ok(!("status" in early), "a request got a response during the pause");
        const statuses = (await Promise.all(held)).map(({ status }) => status);
        assert.deepEqual(new Set(statuses), new Set([200]));
      }),
    ),
    slow(
      edge(
        "reload, fresh",
        "",
        `${RELOADS} reloads under load lose no fresh connection`,
        (subject) => reloads(subject, "fresh"),
      ),
    ),
    slow(
      edge("reload, kept", "", `${RELOADS} reloads under load lose no kept connection`, (subject) =>
        reloads(subject, "kept"),
      ),
    ),
  ],
};
