import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { startGateway } from "../../services/gateway/testing/gateway-process.ts";
import { everySecond, folderWith, JobsProcess } from "../../services/jobs/testing/jobs-process.ts";
import { eventually } from "../../services/web/testing/edge.ts";
import { startEdgeProcess } from "../../services/web/testing/edge-process.ts";
import { makeCertificateFor } from "../../services/web/testing/https.ts";
import { freePort, temporaryFolder } from "../testing.ts";
import { expressions, groupingsOf, readRules, selectorsOf } from "./rules.ts";

/** Of Prometheus, and of every target. */
const GIVEN = ["job", "instance", "alertname", "alertstate", "severity"];

/** The labels and values of each metric that a text in Prometheus' format has. */
type Printed = Map<string, Map<string, Set<string>>>;

function addPrinted(printed: Printed, text: string): void {
  for (const [, name = "", inside = ""] of text.matchAll(/^([a-z0-9_]+)(?:\{(.*)\})? [^ ]+$/gm)) {
    const labels = printed.get(name) ?? new Map<string, Set<string>>();
    printed.set(name, labels);
    for (const [, label = "", value = ""] of inside.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
      labels.set(label, (labels.get(label) ?? new Set()).add(value));
    }
  }
}

const page = async (address: string) => (await fetch(address)).text();

/**
 * What edge and gateway print once they have served, failed, reloaded, lost a worker and reached a limit:
 * some labels and values are there only then.
 */
async function printed(t: TestContext): Promise<Printed> {
  const all: Printed = new Map();
  const folder = await temporaryFolder(t);
  const app = join(folder, "app.mjs");
  await writeFile(app, "export default (request, response) => response.end('x');\n");
  const gateway = startGateway(t, app, "--workers=1", "--host=127.0.0.1");
  const address = await gateway.ready();
  const admin = await gateway.admin();
  const { certificateFile, keyFile } = await makeCertificateFor(t, ["127.0.0.1"]);
  const edge = startEdgeProcess(
    t,
    `--upstream=127.0.0.1:${new URL(address).port}`,
    `--upstream-admin-port=${new URL(admin).port}`,
    `--tls-certificate=${certificateFile}`,
    `--tls-key=${keyFile}`,
    "--limit-client-connections=1",
  );
  const ports = await edge.ready();
  const edgeAdmin = `http://127.0.0.1:${ports.admin}`;
  const site = `http://127.0.0.1:${ports.http}/`;
  assert.equal((await fetch(site)).status, 200);
  // One client has one connection.
  const sockets = [1, 2, 3].map(() =>
    connect(ports.http, "127.0.0.1").on("error", () => undefined),
  );
  t.after(() => sockets.forEach((socket) => void socket.destroy()));
  await edge.message("limited");
  for (const socket of sockets) socket.destroy();

  await writeFile(certificateFile, "broken");
  edge.child.kill("SIGHUP");
  await edge.line(({ message }) => String(message).startsWith("reload refused"));

  const { workers } = JSON.parse(await page(`${admin}/status`));
  process.kill(workers[0].pid, "SIGKILL");
  await gateway.ready(2);
  gateway.child.kill("SIGHUP");
  await gateway.line(({ message }) => message === "worker ended");
  await writeFile(app, "throw new Error('broken');\n");
  gateway.child.kill("SIGHUP");
  const aborted = (text: string) => /gateway_reloads_total\{result="aborted"\}/.test(text);
  addPrinted(all, await eventually(() => page(`${admin}/metrics`), aborted));

  gateway.child.kill("SIGKILL");
  await gateway.exited;
  await eventually(
    async () => (await fetch(site)).status,
    (status) => status >= 500,
  );
  addPrinted(all, await page(`${edgeAdmin}/metrics`));
  addPrinted(all, await printedByJobs(t));
  return all;
}

/** What background jobs with a task print on their admin port. */
async function printedByJobs(t: TestContext): Promise<string> {
  const port = await freePort();
  const folder = await folderWith(t, { "schedule.mjs": everySecond(), "task.mjs": "" });
  const jobs = new JobsProcess(t, folder, {
    JOBS_SCHEDULE: "schedule.mjs",
    JOBS_ADMIN_PORT: String(port),
  });
  await jobs.until("task ended");
  return await page(`http://127.0.0.1:${port}/metrics`);
}

test("every metric, label and value that a rule, an alert or a panel names is printed by edge, gateway or jobs", async (t) => {
  const all = await printed(t);
  for (const { record, expr } of readRules()) {
    if (record === undefined) continue;
    all.set(record, new Map(groupingsOf(expr).map((label) => [label, new Set<string>()])));
  }
  // Written by start.sh.
  all.set("gatehouse:replicas:expected", new Map());
  all.set("gatehouse:jobs:expected", new Map());
  all.set("up", new Map());
  all.set("ALERTS", new Map());
  const wrong: string[] = [];
  for (const { where, text } of expressions()) {
    const selectors = selectorsOf(text);
    if (selectors.length === 0 && !text.startsWith("vector(")) wrong.push(`${where}: no metric`);
    for (const { metric, matchers } of selectors) {
      const labels = all.get(metric);
      if (labels === undefined) wrong.push(`${where}: there is no metric ${metric}`);
      for (const { label, values } of labels === undefined ? [] : matchers) {
        if (GIVEN.includes(label)) continue;
        const known = labels?.get(label);
        if (known === undefined) {
          wrong.push(`${where}: ${metric} has no label ${label}`);
          continue;
        }
        // Prometheus 3 writes the bounds of buckets in another way: one of them is enough.
        const found = values.filter((value) => known.has(value));
        if (found.length === (label === "le" ? 1 : values.length)) continue;
        wrong.push(`${where}: ${metric} has no ${label} ${values}, but ${[...known]}`);
      }
    }
    const offered = new Set([
      ...GIVEN,
      ...selectors.flatMap(({ metric }) => [...(all.get(metric)?.keys() ?? [])]),
    ]);
    for (const label of groupingsOf(text)) {
      if (!offered.has(label)) wrong.push(`${where}: no metric in it has the label ${label}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test("what an expression names is found in it", () => {
  assert.deepEqual(
    selectorsOf('sum by (a) (rate(web_x_total{s=~"p|q", t!="r"}[5m])) > gatehouse:y:z'),
    [
      {
        metric: "web_x_total",
        matchers: [
          { label: "s", values: ["p", "q"] },
          { label: "t", values: ["r"] },
        ],
      },
      { metric: "gatehouse:y:z", matchers: [] },
    ],
  );
  assert.deepEqual(groupingsOf("sum by (a, b) (x) > on() y"), ["a", "b"]);
});
