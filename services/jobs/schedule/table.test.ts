import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readSchedule, type Task } from "./table.ts";

const folder = await mkdtemp(join(tmpdir(), "schedule-"));
after(() => rm(folder, { recursive: true }));

/** Reads a module with this text. */
async function read(text: string): Promise<Task[]> {
  const file = join(folder, `${crypto.randomUUID()}.ts`);
  await writeFile(file, text);
  return await readSchedule(file);
}

const row = (fields: string) => `export default { nightly: { ${fields} } };`;

test("a row has its defaults: UTC, an hour, and a missed time is made up for", async () => {
  const [task] = await read(row('cron: "17 3 * * *", command: ["node", "a.ts"]'));
  assert.ok(task);
  assert.equal(task.name, "nightly");
  assert.deepEqual([task.timeZone, task.timeout, task.missed], ["UTC", 3600, "run"]);
});

test("times are those of the expression, in the row's own zone", async () => {
  const [berlin] = await read(
    row('cron: "30 2 * * *", command: ["node", "a.ts"], timeZone: "Europe/Berlin"'),
  );
  const moment = new Date("2026-07-01T12:00:00Z");
  assert.equal(berlin?.nextAfter(moment)?.toISOString(), "2026-07-02T00:30:00.000Z");
  assert.equal(berlin?.lastUpTo(moment)?.toISOString(), "2026-07-01T00:30:00.000Z");
  // The clocks go back on 25 October 2026: 2:30 is there twice, and due once.
  const first = berlin?.nextAfter(new Date("2026-10-24T12:00:00Z"));
  assert.equal(first?.toISOString(), "2026-10-25T00:30:00.000Z");
  assert.equal(berlin?.nextAfter(first ?? moment)?.toISOString(), "2026-10-26T01:30:00.000Z");
});

test("the last time up to a moment may be that moment, the next one may not", async () => {
  const [task] = await read(row('cron: "0 * * * *", command: ["node", "a.ts"]'));
  const hour = new Date("2026-11-27T10:00:00Z");
  assert.deepEqual(task?.lastUpTo(hour), hour);
  assert.equal(task?.nextAfter(hour)?.toISOString(), "2026-11-27T11:00:00.000Z");
});

const COMMAND = 'command: ["node", "a.ts"]';
const wrong: readonly (readonly [text: string, message: RegExp])[] = [
  ["export const tasks = {};", /has no default export; write: export default/],
  ["export default {", /\.ts: cannot be loaded: /],
  [
    `export default { "Every Night": { cron: "0 0 * * *", ${COMMAND} } };`,
    /expected a name of small/,
  ],
  ["export default { nightly: 1 };", /nightly: expected \{ cron, command \}/],
  [row(`cron: "61 * * * *", ${COMMAND}`), /nightly: cron: "61 \* \* \* \*" \(.*minute: 61\)/],
  [row(`cron: "* * *", ${COMMAND}`), /nightly: cron: /],
  [row(`cron: "0 0 30 2 *", ${COMMAND}`), /nightly: cron: "0 0 30 2 \*" is never due/],
  [row(COMMAND), /nightly: cron: expected an expression/],
  [row('cron: "* * * * *", command: "node a.ts"'), /nightly: command: expected an array/],
  [row('cron: "* * * * *", command: []'), /nightly: command: expected an array/],
  [row(`cron: "* * * * *", ${COMMAND}, timeZone: "Mars/Base"`), /"Mars\/Base" is no IANA name/],
  [row(`cron: "* * * * *", ${COMMAND}, timeout: 0`), /nightly: timeout: expected seconds/],
  [row(`cron: "* * * * *", ${COMMAND}, missed: "twice"`), /nightly: missed: expected run or skip/],
  [
    row(`cron: "* * * * *", ${COMMAND}, timezone: "UTC"`),
    /nightly: timezone: no such field; there are/,
  ],
];

for (const [text, message] of wrong) {
  test(`a schedule with ${text} is refused in one line`, async () => {
    await assert.rejects(read(text), (error: Error) => {
      assert.equal(error.name, "SettingError");
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  });
}
