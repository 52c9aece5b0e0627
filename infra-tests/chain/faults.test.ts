import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { until } from "../stack/deadline.ts";
import { docker, exec, healthy } from "../stack/docker.ts";
import { call, tiers } from "../stack/http.ts";
import { tails } from "../stack/logs.ts";
import { useStack } from "../stack/shared-stack.ts";
import { trafficPage } from "../stack/stories.ts";
import { placeFile } from "./own-file.ts";
import { type Connections, Trickle } from "./trickle.ts";

const traffic = await trafficPage();
const stack = await useStack(traffic.application);
const { http, https } = await stack.addresses();
/** The edge does not cache it: every request for it reaches the application. */
const page = http + traffic.page;
const evidence = () => tails(stack, "edge-port", "web", "app");

describe("while every replica of the application is frozen", () => {
  after(async () => {
    for (const { Id, State } of await stack.containers("app")) {
      if (State === "paused") await docker.getContainer(Id).unpause();
    }
  });

  test("assets are still served, by the web server alone", async () => {
    const asset = await placeFile(stack, "frozen.css", "p { margin: 0 }");
    for (const { Id } of await stack.containers("app")) await docker.getContainer(Id).pause();
    const response = await call(https + asset, { within: 2_000 });
    assert.equal(response.status, 200);
    assert.deepEqual(tiers(response), ["web"]);
  });
});

/** Milliseconds of the run without a fault: about as long as the one with the fault. */
const control = 5_000;

for (const connections of ["kept", "fresh"] as const satisfies Connections[]) {
  describe(`a trickle of GETs on ${connections} connections`, () => {
    test("no request is lost without a fault (control run)", async (t) => {
      const trickle = new Trickle(page, connections);
      t.after(() => trickle.stop());
      await pause(control);
      const counts = await trickle.stop();
      t.diagnostic(JSON.stringify(counts));
      assert.deepEqual(counts.failures, {});
      assert.equal(counts.ok, counts.sent);
    });

    test("no request is lost while a replica is killed and starts again", async (t) => {
      const victim = await stack.container("app", connections === "kept" ? 1 : 2);
      const trickle = new Trickle(page, connections);
      t.after(() => trickle.stop());
      const more = async (count: number) => {
        const enough = trickle.ok + count;
        const arrived = async () => trickle.ok >= enough;
        await until(`${count} more responses`, arrived, { within: 20_000, evidence });
      };
      await more(20);
      await victim.kill({ signal: "SIGKILL" });
      await more(50);
      assert.equal((await victim.inspect()).State.Running, false);
      // The engine does not restart a container that was killed through its API.
      await victim.start();
      await healthy(victim);
      const counts = await trickle.stop();
      t.diagnostic(JSON.stringify(counts));
      assert.deepEqual(counts.failures, {}, await evidence());
      assert.equal(counts.ok, counts.sent);
    });
  });
}

describe("edge-port, the owner of the ports", () => {
  test("is killed, and the site recovers by itself on the same ports", async (t) => {
    const holder = await stack.container("edge-port");
    const web = await stack.container("web");
    const before = [await holder.inspect(), await web.inspect()];
    const trickle = new Trickle(page, "fresh");
    t.after(() => trickle.stop());
    const died = performance.now();
    // From inside, like a crash; the init process does not receive the signal.
    await exec(holder, ["sh", "-c", "kill -9 -1"]);
    await until(
      "edge-port was restarted",
      async () => (await holder.inspect()).State.StartedAt !== before[0]?.State.StartedAt,
      { within: 30_000, evidence },
    );
    await until(
      "20 requests in a row come through all tiers",
      async () => {
        for (let count = 0; count < 20; count += 1) {
          const response = await call(page, { within: 1_000 });
          if (response.status !== 200 || !tiers(response).includes("app")) return false;
        }
        return true;
      },
      { within: 60_000, evidence },
    );
    const recovered = performance.now() - died;
    const counts = await trickle.stop();
    t.diagnostic(`recovered in ${(recovered / 1000).toFixed(1)} s: ${JSON.stringify(counts)}`);
    assert.equal((await call(https + traffic.page)).status, 200);
    const after = [await holder.inspect(), await web.inspect()];
    assert.ok((after[1]?.RestartCount ?? 0) > (before[1]?.RestartCount ?? 0), "web rejoined");
    assert.deepEqual(await stack.addresses(), { http, https });
    await Promise.all([healthy(holder), healthy(web)]);
    assert.ok(recovered < 30_000, `recovered only after ${recovered.toFixed(0)} ms`);
  });
});
