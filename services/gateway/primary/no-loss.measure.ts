import assert from "node:assert/strict";
import { test } from "node:test";
import { startGateway } from "../testing/gateway-process.ts";
import { PATIENT, SteadyLoad } from "../testing/steady-load.ts";

const RELOADS = 10;

test("10 reloads, a killed worker and recycled ones cost no request but those inside it", async (t) => {
  const gateway = startGateway(t, "listener.ts", "--workers=2", "--max-requests=400", ...PATIENT);
  const url = await gateway.ready(2);
  const load = new SteadyLoad(t, Number(new URL(url).port));
  const retired = (line: object) => "reason" in line && /requests$/.test(String(line.reason));
  for (let reload = 1; reload <= RELOADS; reload++) {
    gateway.child.kill("SIGHUP");
    await gateway.line(({ message }) => message === "reload done", reload);
  }
  const beforeKill = { responses: load.responses, failures: load.failures.length };
  const pid = Number(gateway.lines.findLast(({ to }) => to === "ready")?.pid);
  const serving = gateway.lines.filter(({ to }) => to === "ready").length;
  process.kill(pid, "SIGKILL");
  const killedAt = Date.now();
  await gateway.ready(serving + 1);
  await gateway.line((line) => line.message === "worker retires" && retired(line), 2);
  await load.stop();
  const inside = load.failures.filter((failure) => {
    const sentBefore = failure.sentAt <= killedAt + 5;
    return sentBefore && (failure.pid === pid || failure.what.startsWith("fresh"));
  });
  t.diagnostic(
    `${load.responses} responses (${beforeKill.responses} during ${RELOADS} reloads), ` +
      `${inside.length} failed inside the killed worker, ` +
      `${load.failures.length - inside.length} failed otherwise`,
  );
  assert.equal(beforeKill.failures, 0, JSON.stringify(load.failures.slice(0, 5)));
  const others = load.failures.filter((failure) => !inside.includes(failure));
  assert.deepEqual(others, []);
  assert.ok(load.responses > 2000, `${load.responses} responses`);
});
