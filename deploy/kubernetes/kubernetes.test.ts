import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { openClone } from "../clone.ts";
import type { Model } from "../compose-model.ts";
import { account, unused } from "./compose/fates.ts";
import { keysOf } from "./compose/keys.ts";
import { digestOf, readResolved, readSource, type Source } from "./compose/resolved.ts";
import { secondsOf } from "./compose/seconds.ts";
import { filesOf } from "./generate.ts";
import { requireSiteFolders } from "./objects/site-folders.ts";
import { stale } from "./write.ts";

const { root } = openClone();
const source = readSource(root);
const { digest, model } = readResolved();

/** compose.yaml and its resolved model with one service changed. */
function changed(name: string, more: object): [Source, Model] {
  const withMore = <T extends { readonly services: Readonly<Record<string, object>> }>(
    file: T,
  ) => ({
    ...file,
    services: { ...file.services, [name]: { ...file.services[name], ...more } },
  });
  return [withMore(source), withMore(model)];
}

test("the files are what compose.yaml says today; otherwise run: make kubernetes", () => {
  assert.equal(digest, digestOf(root), "compose.yaml has changed: run make kubernetes");
  assert.deepEqual(stale(filesOf(source, model, root)), []);
});

test("a changed value of compose.yaml changes the files", () => {
  const files = filesOf(...changed("web", { stop_grace_period: "20s" }), root);
  assert.deepEqual(stale(files), ["REPORT.md", "base/tiers.yaml"]);
  assert.match(files.get("base/tiers.yaml") ?? "", /terminationGracePeriodSeconds: 30\n/);
});

test("a key of compose.yaml of which nobody says what becomes of it stops the generator", () => {
  for (const [name, more, path] of [
    ["web", { cpuset: "0-1" }, "services.web.cpuset"],
    [
      "app",
      { sysctls: { "net.core.somaxconn": "1024" } },
      "services.app.sysctls.net.core.somaxconn",
    ],
    ["app", { networks: { back: null, data: null, egress: null } }, "services.app.networks.egress"],
    [
      "app",
      { volumes: [{ type: "bind", source: "/", target: "/host" }] },
      "services.app.volumes./",
    ],
    ["mailer", { image: "mailer:1" }, "services.mailer.image"],
  ] as const) {
    assert.throws(
      () => filesOf(...changed(name, more), root),
      new RegExp(path.replaceAll(".", "\\.")),
    );
  }
});

test("a key that is only in the source, or only in the resolved model, counts", () => {
  const [withKey] = changed("web", { cpuset: "0-1" });
  const [, modelWithKey] = changed("web", { cpuset: "0-1" });
  assert.throws(() => account(keysOf(withKey, model)), /cpuset/);
  assert.throws(() => account(keysOf(source, modelWithKey)), /cpuset/);
});

test("the report speaks of nothing that compose.yaml no longer has", () => {
  assert.deepEqual(unused(keysOf(source, model)), []);
});

test("what a pod would not do as compose.yaml says it stops the generator", () => {
  for (const [name, more, message] of [
    ["app", { read_only: false }, /app is not hardened/],
    ["web", { security_opt: ["seccomp:unconfined"] }, /web is not hardened/],
    ["app", { user: "root" }, /app has no user/],
    ["app", { stop_grace_period: "33s" }, /app may need 33000 ms to stop/],
    ["app", { networks: { data: null } }, /the network back/],
    ["web", { environment: { WEB_UPSTREAM: "other:8000" } }, /WEB_UPSTREAM=other:8000/],
    ["db", { healthcheck: { test: ["CMD-SHELL", "true"] } }, /no command/],
  ] as const) {
    assert.throws(() => filesOf(...changed(name, more), root), message);
  }
});

test("a folder that the site serves and no volume holds stops the generator", () => {
  requireSiteFolders(model);
  const withoutMedia = {
    ...model.services.web,
    volumes: [],
  } as unknown as Model["services"][string];
  const services = { ...model.services, web: withoutMedia };
  assert.throws(
    () => requireSiteFolders({ ...model, services }),
    /serves \/assets\/ from \/srv\/assets/,
  );
});

test("an object that the schemas of Kubernetes refuse stops the generator", () => {
  const { deploy } = model.services.app ?? assert.fail();
  const limits = { ...deploy?.resources?.limits, cpus: Number.NaN };
  const more = { deploy: { ...deploy, resources: { limits } } };
  assert.throws(() => filesOf(...changed("app", more), root), /quantity/);
});

test("no secret is in the files, and every file is YAML that Kustomize reads", () => {
  for (const [path, text] of filesOf(source, model, root)) {
    if (!path.endsWith("kustomization.yaml")) continue;
    const { kind, resources } = parse(text);
    assert.match(kind, /^(Kustomization|Component)$/);
    assert.ok(Array.isArray(resources), path);
  }
  assert.ok(
    ![...filesOf(source, model, root).values()].some((text) => /^kind: Secret$/m.test(text)),
  );
});

test("durations of Compose become whole seconds, none shorter", () => {
  assert.deepEqual(["500ms", "1m0s", "2m30s", "60000ms10s"].map(secondsOf), [1, 60, 150, 70]);
  assert.throws(() => secondsOf("soon"), /no duration/);
});
