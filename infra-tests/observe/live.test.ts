import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { readdress } from "../chain/readdress.ts";
import { Trickle } from "../chain/trickle.ts";
import { root } from "../stack/clone.ts";
import { until } from "../stack/deadline.ts";
import { exec } from "../stack/docker.ts";
import { call } from "../stack/http.ts";
import { newProjectName, testLabel } from "../stack/projects.ts";
import { imageOf } from "../stack/tool.ts";
import { ObservedStack } from "./observed-stack.ts";
import { FAILS as TASK_FAILS } from "./schedule.ts";

const PANELS: { title: string; lines: { query: string }[] }[] = JSON.parse(
  readFileSync(join(root, "deploy/observe/page/panels.json"), "utf8"),
);

/** Seconds without an alert, in windows that are shorter. */
const CONTROL = 45;

// One stack for all tests, in order: observed, scaled, broken.
let stack: ObservedStack;
let http: string;
before(async () => {
  stack = await ObservedStack.start();
  ({ http } = await stack.addresses());
});
after(async () => await stack[Symbol.asyncDispose]());

/** The addresses that Prometheus reads, by job. */
async function targets(): Promise<string[]> {
  const up = await stack.query("up == 1");
  return up.map(({ metric }) => `${metric.job} ${metric.instance}`).sort();
}

/** The addresses that it should read, as text. */
async function addresses(): Promise<string> {
  const own = async (service: string, number: number, port: number, network = "back") => {
    const { id } = await stack.container(service, number);
    return `${await stack.addressOn(network, id)}:${port}`;
  };
  const edge = `edge ${await own("edge-port", 1, 9100)}`;
  const jobs = `jobs ${await own("jobs", 1, 9300, "watch")}`;
  const gateways = [await own("app", 1, 9200), await own("app", 2, 9200)];
  return `${[edge, jobs, ...gateways.map((gateway) => `gateway ${gateway}`)].sort()}`;
}

const firing = () =>
  stack.query('ALERTS{alertstate="firing"}').then((found) => JSON.stringify(found, undefined, 1));

/** Every query of every panel that has no number now. */
async function emptyQueries(): Promise<string[]> {
  const queries = PANELS.flatMap(({ title, lines }) =>
    lines.map(async ({ query }) => {
      const found = await stack.query(query);
      const numbers = found.filter(({ value: [, number] }) => Number.isFinite(Number(number)));
      return numbers.length > 0 ? [] : [`${title}: ${query}`];
    }),
  );
  return (await Promise.all(queries)).flat();
}

describe("make observe", () => {
  test("without a stack says that there is none, and what to do", () => {
    const env = { ...process.env, COMPOSE_PROJECT_NAME: newProjectName() };
    const program = join(root, "deploy/observe.ts");
    const { status, stderr } = spawnSync(process.execPath, [program], { env, encoding: "utf8" });
    assert.equal(status, 69);
    assert.match(stderr, /^gatehouse: there is nothing to observe: .+ make up starts it\n$/);
  });

  test("finds the edge, both replicas and the background jobs", async () => {
    await stack.operate("observe.ts");
    const expected = await addresses();
    await until("all four are up", async () => `${await targets()}` === expected, {
      within: 30_000,
      evidence: async () => `${await targets()}, not ${expected}`,
    });
  });

  test("runs as no root, without capabilities, on a read-only root, with limits, on loopback only", async () => {
    const containers = await stack.observers.inspect();
    assert.deepEqual([...containers.keys()].sort(), ["alertmanager-1", "prometheus-1"]);
    for (const [name, { Config, HostConfig }] of containers) {
      assert.equal(Config.User, "65534:65534", name);
      assert.equal(HostConfig.ReadonlyRootfs, true, name);
      assert.deepEqual([HostConfig.CapDrop, HostConfig.CapAdd ?? []], [["ALL"], []], name);
      assert.match(`${HostConfig.SecurityOpt}`, /no-new-privileges/, name);
      const { Memory = 0, NanoCpus = 0, PidsLimit } = HostConfig;
      assert.ok(Memory > 0 && NanoCpus > 0 && Number(PidsLimit) > 0, name);
      const published = Object.values(HostConfig.PortBindings ?? {}).flat() as { HostIp: string }[];
      assert.deepEqual(
        published.map(({ HostIp }) => HostIp),
        ["127.0.0.1"],
        name,
      );
    }
  });

  test("lets no page of another origin read the samples", async () => {
    const headers = { origin: "https://elsewhere.example" };
    const response = await fetch(`${stack.prometheus}/api/v1/query?query=up`, { headers });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("access-control-allow-origin"), null);
  });

  test("draws every panel: each query has a number under traffic, and the page shows each in a browser", async (t) => {
    const traffic = new Trickle(`${http}/`, "fresh", 100);
    t.after(() => traffic.stop());
    await until("every query has a number", async () => (await emptyQueries()).length === 0, {
      within: 60_000,
      every: 1000,
      evidence: async () => (await emptyQueries()).join("\n"),
    });
    const shown = JSON.parse(
      inBrowser(readFileSync(join(import.meta.dirname, "page.mjs"), "utf8")),
    );
    assert.deepEqual(
      shown.map(({ title }: { title: string }) => title),
      PANELS.map(({ title }) => title),
    );
    for (const { title, lines, drawn } of shown) {
      assert.ok(lines > 0 && drawn === lines, `${title}: ${drawn} of ${lines} lines are drawn`);
    }
  });

  test("finds a replica that comes back under a new address, and an edge that was replaced", async () => {
    await using moved = await readdress(stack, await stack.container("app", 2));
    assert.notEqual(moved.to, moved.from);
    await (await stack.container("web")).restart();
    const expected = await addresses();
    const found = async () => `${await targets()}` === expected;
    await until("both are up", found, {
      within: 90_000,
      evidence: async () => `${await targets()}`,
    });
  });
});

describe("make status", () => {
  test("shows edge, replicas and database of a stack that is whole, and nothing as missing", async () => {
    const text = await until(
      "nothing is missing",
      async () => {
        const shown = await stack.operate("status.ts");
        return shown.includes("Missing") ? undefined : shown;
      },
      { within: 60_000, evidence: () => stack.operate("status.ts") },
    );
    assert.match(text, /mode live/);
    assert.match(text, /^edge +ready +\d/m);
    assert.match(text, /^gateway +2 of 2 ready +\d/m);
    assert.match(text, /^database +healthy$/m);
    assert.match(text, /^app-2 +ready +\S+ +closed +2 of 2 /m);
  });
});

describe("the alerts, with windows that are shorter", () => {
  test(`are silent for ${CONTROL} s of traffic`, async (t) => {
    await stack.scaleWindows();
    const silent = async () => !(await stack.fires());
    // A replica that started slowly before is no fault of this run.
    await until("no alert fires any more", silent, {
      within: 120_000,
      every: 1000,
      evidence: firing,
    });
    const traffic = new Trickle(`${http}/`, "fresh", 100);
    t.after(() => traffic.stop());
    const scraped = async () => {
      const [edge] = await stack.query('timestamp(up{job="edge"})');
      return Number(edge?.value[1]);
    };
    const start = await scraped();
    await until("the control run is over", async () => (await scraped()) - start >= CONTROL, {
      within: 2 * CONTROL * 1000,
      every: 1000,
    });
    const fired = await stack.query(`count_over_time(ALERTS{alertstate="firing"}[${CONTROL}s])`);
    assert.deepEqual(
      fired.map(({ metric }) => metric),
      [],
    );
    assert.deepEqual(await stack.alerts(), []);
  });

  test("report a replica that was stopped, and so does make status, until it is back", async () => {
    const replica = await stack.container("app", 2);
    await replica.stop();
    await fires("ReplicaMissing");
    const missing = /^Missing:\n {2}app-2 \(exited, exit code \d+\): make logs says why$/m;
    await until(
      "make status names it, and shows the other one",
      async () => {
        const text = await stack.operate("status.ts");
        return missing.test(text) && /^gateway +1 of 2 ready +\d/m.test(text);
      },
      { within: 30_000, evidence: () => stack.operate("status.ts") },
    );
    await replica.start();
    const over = async () => (await stack.query('ALERTS{alertname="ReplicaMissing"}')).length === 0;
    await until("the alert is over", over, { within: 90_000, evidence: firing });
  });

  test("report a scheduled task that fails", async () => {
    const jobs = await stack.container("jobs");
    await fires("TaskFails", async () => {
      const { code, output } = await exec(jobs, ["touch", TASK_FAILS]);
      assert.equal(code, 0, output);
    });
    assert.equal((await exec(jobs, ["rm", TASK_FAILS])).code, 0);
  });

  test("report background jobs that were stopped, until they are back", async () => {
    const jobs = await stack.container("jobs");
    await jobs.stop();
    await fires("JobsMissing");
    await jobs.start();
    const over = async () => (await stack.query('ALERTS{alertname="JobsMissing"}')).length === 0;
    await until("the alert is over", over, { within: 90_000, evidence: firing });
  });

  test("report server errors of the application that burn the budget", async () => {
    await fires("ErrorBudgetBurnsFast", async () => {
      for (const path of ["/", "/fail", "/"]) await call(`${http}${path}`, { agent: false });
    });
  });

  test("report workers that die again and again", async () => {
    // A POST is sent once. These are server errors too, so this is the last test.
    await fires("WorkersRestart", () =>
      call(`${http}/die`, { method: "POST", agent: false }).then(
        () => undefined,
        () => undefined,
      ),
    );
  });
});

/** Waits until an alert is at Alertmanager, where it was not, doing what causes it meanwhile. */
async function fires(name: string, cause?: () => Promise<void>): Promise<void> {
  assert.ok(!(await stack.alerts()).includes(name), `${name} fires already: ${await firing()}`);
  await until(
    `the alert ${name} is at Alertmanager`,
    async () => {
      await cause?.();
      return (await stack.alerts()).includes(name);
    },
    { within: 90_000, every: 200, evidence: firing },
  );
}

/** Runs a program with Playwright in the image of the browser tests, beside Prometheus. */
function inBrowser(program: string): string {
  return execFileSync(
    "docker",
    [
      ...["run", "--rm", "--init", "--interactive", "--label", `${testLabel}=${stack.project}`],
      ...["--network", `${stack.observers.project}_observe`, "--read-only", "--cap-drop", "ALL"],
      ...["--tmpfs", "/tmp:mode=1777,exec", "--shm-size", "512m", "--env", "HOME=/tmp"],
      ...["--volume", `${join(root, "node_modules")}:/node_modules:ro`],
      ...[imageOf("PLAYWRIGHT_IMAGE"), "node", "--input-type=module"],
    ],
    { input: program, encoding: "utf8" },
  );
}
