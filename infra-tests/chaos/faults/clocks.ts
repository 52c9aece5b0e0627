import type { ChaosStack } from "../chaos-stack.ts";
import { changed, type Evidence, workersOf } from "../evidence.ts";
import type { Fault } from "../fault.ts";

const HOUR = 3600;
/** Seconds that a clock may differ from the one wanted: Date has seconds only, and who responds may be slow. */
const TOLERANCE = 30;

/** How far edges and replicas are from this machine's clock, in seconds, as their responses say. */
async function offsets(stack: ChaosStack): Promise<number[]> {
  const gateways = await Promise.all([stack.gatewayOf(1), stack.gatewayOf(2)]);
  const { http } = await stack.addresses();
  const urls = [
    http + stack.asset,
    ...(await stack.edgeAdmins()).map((address) => `http://${address}/status`),
    ...gateways.map((address) => `http://${address}/page`),
  ];
  return await Promise.all(
    urls.map(async (url) => {
      const response = await fetch(url);
      await response.arrayBuffer();
      const date = Date.parse(response.headers.get("date") ?? "");
      return Math.round((date - Date.now()) / 1000);
    }),
  );
}

const clocksAre = (seconds: number): Evidence => {
  const all = (found: readonly number[], wanted: number) =>
    found.every((offset) => Math.abs(offset - wanted) < TOLERANCE);
  return changed(
    offsets,
    (before, now) =>
      all(before, 0) && all(now, seconds) && `Date of edges and replicas is off by ${now} s`,
  );
};

const jump = (
  seconds: number,
): Pick<Fault, "seconds" | "evidence" | "leaves" | "begin" | "end"> => ({
  seconds: 12,
  evidence: clocksAre(seconds),
  leaves: workersOf,
  begin: (stack) => stack.setClocks(seconds),
  end: (stack) => stack.setClocks(0),
});

const SURVIVES =
  "Timeouts, beats, idle limits and the age of what is cached count by the monotonic clock, which nobody can set. No worker is replaced.";

/** The clocks of all edges and replicas, while they run. The monotonic clock goes on as ever. */
export const clocks: readonly Fault[] = [
  {
    name: "clock-ahead",
    title: "The clock jumps an hour ahead, and back",
    symptom: "Times in the log jump.",
    survives: SURVIVES,
    todo: "Have chrony or systemd-timesyncd slew the clock. Scheduled jobs whose times were jumped over follow `missed`.",
    bars: { recovers: 0, slowest: 1500 },
    ...jump(HOUR),
  },
  {
    name: "clock-back",
    title: "The clock jumps an hour back, and ahead",
    symptom: "Times in the log come twice.",
    survives: SURVIVES,
    todo: "Have chrony or systemd-timesyncd slew the clock. Scheduled jobs do not run twice for the same time.",
    bars: { recovers: 0, slowest: 1500 },
    ...jump(-HOUR),
  },
];
