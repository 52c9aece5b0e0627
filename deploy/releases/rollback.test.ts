import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { valuesOf } from "../env/environment.ts";
import { temporaryClone } from "../testing.ts";
import { Journal, KEPT } from "./journal.ts";
import { chooseEarlier, wantedRelease } from "./rollback.ts";

/** A project of which the engine has no image, with the journal of so many releases. */
async function startProject(t: TestContext, releases: number) {
  const clone = await temporaryClone(t);
  const own = { COMPOSE_PROJECT_NAME: `no-images-${process.pid}` };
  const settings = valuesOf({ text: "", file: {}, applicationText: "", own });
  const stack = { clone, settings };
  for (let number = 1; number <= releases; number++) {
    const release = {
      app: `app:${String(number).repeat(12)}`,
      web: "web:aaaaaaaaaaaa",
      module: "services/app/gateway.ts",
      edge: "web" as const,
    };
    const journal = await Journal.open(stack);
    await journal.add({ command: "deploy", outcome: "done", number, release, seconds: 1 });
  }
  /** What a rollback to this number says against it. */
  return async (wanted: number | undefined, running = true): Promise<string> => {
    const chosen = chooseEarlier(stack, wanted)(await Journal.open(stack), running);
    return await chosen.then(
      () => assert.fail("it is not refused"),
      (error: Error) => error.message,
    );
  };
}

test("a rollback goes to the release before, which needs its images", async (t) => {
  const refusal = await startProject(t, 3);
  const lost = /^release 2 has lost its images \(app:2{12}, web:a{12}\): check out its commit/;
  assert.match(await refusal(undefined), lost);
  assert.match(await refusal(2), lost);
  assert.match(await refusal(1), /^release 1 has lost its images/);
});

test("without a release before, or with a number that is not kept, it says what there is", async (t) => {
  const first = await startProject(t, 1);
  assert.match(await first(undefined), /^there is no earlier release .*\(kept: none\)/);
  const many = await startProject(t, KEPT + 1);
  assert.match(await many(1), /^there is no release 1 .*\(kept: 2, 3, 4, 5\)/);
  assert.match(
    await many(99),
    /^the journal has no release 99 \(kept: 2, 3, 4, 5\): make releases/,
  );
});

test("where nothing runs there is nothing to roll back", async (t) => {
  const refusal = await startProject(t, 2);
  assert.match(await refusal(undefined, false), /^there is no running stack to roll back/);
});

test("a release is named by RELEASE=, or by TO= for short", () => {
  assert.equal(wantedRelease({ RELEASE: "3" }), 3);
  assert.equal(wantedRelease({ TO: "12" }), 12);
  assert.equal(wantedRelease({ RELEASE: "3", TO: "3" }), 3);
  assert.equal(wantedRelease({ RELEASE: "", TO: "" }), undefined);
});

test("what is no number is refused: it may be meant for a server", () => {
  for (const word of ["production", "2nd", "0", "-1", "1.5", " 3"]) {
    assert.throws(() => wantedRelease({ TO: word }), {
      exitCode: 78,
      message: /expected the number of a release/,
    });
    assert.throws(() => wantedRelease({ RELEASE: word }), { exitCode: 78 });
  }
  assert.throws(() => wantedRelease({ RELEASE: "3", TO: "4" }), /are two releases/);
});
