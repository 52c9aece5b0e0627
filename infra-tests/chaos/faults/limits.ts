import { connect, type Socket } from "node:net";
import { exec } from "../../stack/docker.ts";
import type { ChaosStack } from "../chaos-stack.ts";
import { changed, diskFull, metricAt, processesUsedUp } from "../evidence.ts";
import type { Fault } from "../fault.ts";

/** The user of the files that visitors upload. */
const SITE = "1000:1000";

/** Uploads a file, as a visitor does. @returns the status and what the page says */
async function upload(stack: ChaosStack): Promise<string> {
  const { http } = await stack.addresses();
  const response = await fetch(`${http}/files`, { method: "POST", body: "x".repeat(10_000) });
  return `${response.status} ${await response.text()}`;
}

const SLOW_CLIENTS = 400;
const slow: Socket[] = [];

/** What runs out. */
export const limits: readonly Fault[] = [
  {
    name: "processes-used-up",
    title: "A replica may start no more processes and threads",
    symptom: "`fork: Resource temporarily unavailable` in its log.",
    survives: "The workers that run go on; the limit of the container keeps the others apart.",
    todo: "`docker compose top app` shows what runs; raise `pids` in compose.yaml if it is right. Then `docker compose restart app`: what lost its parent stays as a zombie until then.",
    seconds: 6,
    bars: { recovers: 0.5, slowest: 1500 },
    evidence: processesUsedUp("app"),
    async begin(stack) {
      // The shell ends where it can start no more of them.
      const sleepers = "for i in $(seq 200); do sleep 6 > /dev/null 2>&1 & done";
      await exec(await stack.container("app"), ["sh", "-c", sleepers]);
    },
    // The gateway is process 1, and Node has no way to wait for processes that it did not start.
    async end(stack) {
      await (await stack.container("app")).restart();
    },
  },
  {
    name: "temporary-disk-full",
    title: "The edge's temporary disk is full",
    symptom: "`ENOSPC` in its log.",
    survives: "Nothing of a request is written there.",
    todo: "Find what writes there.",
    seconds: 5,
    bars: { recovers: 0.5, slowest: 1500 },
    evidence: diskFull("web", "/tmp"),
    // Its size in compose.yaml ends it.
    begin: (stack) => stack.inside("web", "dd if=/dev/zero of=/tmp/filler bs=1M || true"),
    end: (stack) => stack.inside("web", "rm -f /tmp/filler"),
  },
  {
    name: "uploads-disk-full",
    title: "The disk of the uploads is full",
    symptom:
      "A visitor who uploads gets 507 and a page that says so, if the application handles `ENOSPC` as the site does; else 500. The access log has it.",
    survives: "All else is served. The next upload after there is room is stored.",
    todo: "Free space on the disk of the volume `media`: [production.md](production.md#when-the-disk-is-full).",
    seconds: 8,
    bars: { recovers: 0, slowest: 1500 },
    evidence: changed(
      upload,
      (before, now) => before.startsWith("201") && now.startsWith("507") && `an upload: ${now}`,
    ),
    leaves: async (stack) => [await upload(stack)],
    begin: (stack) =>
      stack.onVolume("media", SITE, "dd if=/dev/zero of=/volume/filler bs=1M || true"),
    end: (stack) => stack.onVolume("media", SITE, "rm /volume/filler"),
  },
  {
    name: "slow-clients",
    title: `${SLOW_CLIENTS} clients send a byte of their request, and no more`,
    symptom: "Many connections in `make status`.",
    survives:
      "The edge waits for them, with a deadline; no worker of the application knows of them.",
    todo: "Nothing.",
    seconds: 8,
    bars: { recovers: 0.5, slowest: 1500 },
    evidence: changed(
      async (stack) => await metricAt(await stack.edgeAdmins(), "web_connections"),
      (before, now) => now - before >= SLOW_CLIENTS && `${now} connections, ${before} before`,
    ),
    async begin(stack) {
      const { hostname, port } = new URL((await stack.addresses()).http);
      for (let count = 0; count < SLOW_CLIENTS; count += 1) {
        const socket = connect(Number(port), hostname);
        socket.on("error", () => {});
        socket.write("G");
        slow.push(socket);
      }
    },
    async end() {
      for (const socket of slow.splice(0)) socket.destroy();
    },
  },
];
