import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parse } from "yaml";
import { breaches, modelRules, serviceRules } from "./rules.ts";
import { Source } from "./source.ts";

/** A bad example for each rule: a text of the sample, and its replacement. */
const bad: Record<string, readonly [good: string, bad: string]> = {
  "a health check that costs little": ["interval: 60s", "interval: 10s"],
  "a restart policy": ["restart: unless-stopped", "restart: on-failure"],
  "an init, or a program fit for PID 1": ["init: true", "init: false"],
  limits: [", pids: 64", ""],
  "temporary files that have a limit": ['tmpfs: ["/tmp:size=64m"]', "tmpfs: [/tmp]"],
  "a read-only root": ["read_only: true", "read_only: false"],
  "no capability": ["cap_drop: [ALL]", "cap_drop: [NET_RAW]"],
  "no new privileges": ["no-new-privileges:true", "seccomp:unconfined"],
  "a user that is not root": ['user: "1000:1000"', 'user: "0:0"'],
  "logs that are rotated": ["max-size: 1m, ", ""],
  "no secret in the environment": [
    "DATABASE_PASSWORD_FILE: /run/secrets/password",
    "DATABASE_URL: postgres://me:open-sesame@db/it",
  ],
  "the settings of its own tier": [
    "DATABASE_PASSWORD_FILE: /run/secrets/password",
    "WEB_HTTPS: serve",
  ],
  "a fixed image": ["image: postgres:17.6", "image: postgres:latest"],
  "fixed base images": ["node:26.10.0", "node"],
  "no name that forbids a second one": ["image: project/app:1", "container_name: app"],
  "no access to the host": ["{ type: volume, source: media }", "{ type: bind, source: / }"],
  "time to stop": ["stop_grace_period: 40s", "stop_grace_period: 30s"],
  "one published service, on loopback": ["host_ip: 127.0.0.1", "host_ip: 0.0.0.0"],
  "a database on internal networks": [
    "networks:\n      data: null",
    "networks:\n      front: null",
  ],
  "one-shots that a service waits for": ["service_completed_successfully", "service_started"],
};

/** Rules that report another line than the one with the bad text. */
const reportedAt: Record<string, string> = {
  "one-shots that a service waits for": 'restart: "no"',
  "one published service, on loopback": "ports:",
};

function findingsIn(text: string): string[] {
  const source = new Source("sample.yaml", text);
  const model = parse(text, { merge: true });
  return breaches(model, { app: 33_000 }).map((finding) => source.format(finding));
}

describe("the policy", () => {
  test("finds nothing in a file that keeps it", () => {
    assert.deepEqual(findingsIn(sample), []);
  });

  test("has a bad example for each of its rules", () => {
    const rules = [...serviceRules, ...modelRules].map(({ name }) => name);
    assert.deepEqual(Object.keys(bad).sort(), rules.sort());
  });

  test("finds a health check that starts Node", () => {
    const findings = findingsIn(
      sample.replace("test: [CMD, check]", "test: [CMD, node, check.ts]"),
    );
    assert.match(findings[0] ?? "", /starts Node for each check/);
  });

  for (const [rule, [before, after]] of Object.entries(bad)) {
    test(`finds the breach of "${rule}", and its line`, () => {
      const place = sample.indexOf(reportedAt[rule] ?? before);
      const line = sample.slice(0, place).split("\n").length;
      const findings = findingsIn(sample.replace(before, after)).filter((one) =>
        one.endsWith(`[${rule}]`),
      );
      assert.ok(findings.length > 0, "nothing found");
      for (const finding of findings) assert.match(finding, new RegExp(`^sample\\.yaml:${line}: `));
    });
  }
});

/** A small Compose file that keeps every rule: what the rules' own tests break, line by line. */
export const sample = `x-hardened: &hardened
  user: "1000:1000"
  init: true
  read_only: true
  restart: unless-stopped
  stop_grace_period: 40s
  cap_drop: [ALL]
  security_opt: ["no-new-privileges:true"]
  deploy: { resources: { limits: { memory: 128m, cpus: 0.5, pids: 64 } } }
  logging: { driver: json-file, options: { max-size: 1m, max-file: "3" } }
  healthcheck: { test: [CMD, check], interval: 60s, start_interval: 500ms }
services:
  edge-port:
    <<: *hardened
    image: project/edge-port
    build: { context: ., args: { NODE_IMAGE: "node:26.10.0" } }
    networks: { front: null, back: null }
    ports:
      - { host_ip: 127.0.0.1, target: 8080, published: "8080" }
  app:
    <<: *hardened
    image: project/app:1
    environment: { DATABASE_PASSWORD_FILE: /run/secrets/password }
    tmpfs: ["/tmp:size=64m"]
    networks: { back: null, data: null }
    volumes: [{ type: volume, source: media }]
    depends_on: { migrate: { condition: service_completed_successfully } }
  migrate:
    <<: *hardened
    image: project/app:1
    restart: "no"
    networks: { data: null }
  db:
    <<: *hardened
    image: postgres:17.6
    networks:
      data: null
networks: { front: null, back: { internal: true }, data: { internal: true } }
`;
