import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { Shares } from "../limits/shares.ts";
import { recordingLogger } from "../testing/logger.ts";
import { EventStreams } from "./event-streams.ts";
import { Feed } from "./feed.ts";

/** Streams whose events come from `publish`, as if from the database. */
function openStreams(limit: number, describe: (notice: number) => Promise<number>) {
  const feed = new Feed({ listen: () => () => Promise.resolve() });
  const { logger, lines } = recordingLogger();
  const shares = new Shares({ worker: limit, client: limit, user: limit });
  const message = async (notice: number) => ({ event: "posted", data: await describe(notice) });
  const streams = new EventStreams(feed, ({ notice }) => message(notice), shares, logger);
  const open = (client = "192.0.2.1") => {
    const stream = streams.open({ client, user: undefined });
    assert.ok(typeof stream !== "string", `a stream is refused: ${stream}`);
    return stream;
  };
  const publish = (notice: number) => feed.notified(`posted ${notice}`);
  return { streams, feed, lines, open, publish };
}

const dataOf = (frames: string) =>
  [...frames.matchAll(/^data: (\d+)$/gm)].map(([, id]) => Number(id));
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

test("a browser that does not read is disconnected; others get every message, and it can return", async () => {
  const { streams, open, publish } = openStreams(2, async (notice) => notice);
  const [stalled, reading] = [open(), text(open())];
  const other = { client: "192.0.2.2", user: undefined };
  assert.equal(streams.open(other), "worker", "both streams are in use");
  for (const notice of upTo(200)) {
    publish(notice);
    // The next event comes after the browser has read this one.
    await new Promise(setImmediate);
  }
  const again = open();
  await again.cancel();
  streams.end();
  const received = dataOf(await text(stalled));
  assert.ok(received.length <= 64, `${received.length} messages were kept in memory`);
  assert.deepEqual(received, upTo(received.length), "messages are lost only at the end");
  assert.deepEqual(dataOf(await reading), upTo(200));
});

test("messages keep the sequence of their events, whatever their queries take", async () => {
  const { streams, open, publish } = openStreams(1, async (notice) => {
    for (let turn = notice; turn < 4; turn += 1) await new Promise(setImmediate);
    return notice;
  });
  const reading = text(open());
  for (const notice of [1, 2, 3]) publish(notice);
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
  streams.end();
  assert.deepEqual(dataOf(await reading), [1, 2, 3]);
});

test("a lost event, or a reopened channel, makes pages load again", async () => {
  const { streams, feed, lines, open, publish } = openStreams(1, () =>
    Promise.reject(new Error("the database is down")),
  );
  const reading = text(open());
  publish(1);
  await new Promise(setImmediate);
  feed.opened();
  feed.opened();
  await new Promise(setImmediate);
  streams.end();
  assert.equal((await reading).match(/^event: missed$/gm)?.length, 2);
  assert.deepEqual(
    lines.map(({ level, message }) => [level, message]),
    [["warn", "live update lost"]],
  );
});
