import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { contextOf, standInTag } from "../bare-machine/base-images/stand-ins.ts";
import { PANEL_FILES } from "./dashboard.ts";
import { PANELS } from "./panels.ts";
import { readRules } from "./rules.ts";
import { OFFICIAL_IMAGES } from "./settings.ts";

const root = join(import.meta.dirname, "../..");
const alerts = readRules().filter(({ alert }) => alert !== undefined);

test("the page and Grafana's dashboard have the panels of panels.ts; otherwise run: npm run docs", () => {
  for (const [file, text] of Object.entries(PANEL_FILES)) {
    assert.equal(readFileSync(file, "utf8"), text(), file);
  }
});

test("every panel has a title of its own, an explanation and a line", () => {
  assert.equal(new Set(PANELS.map(({ title }) => title)).size, PANELS.length);
  for (const { title, about, lines } of PANELS) {
    assert.match(about, /^[A-Z0-9].+\.$/, title);
    assert.ok(lines.length > 0, title);
  }
});

test("every alert says what happens, what to do, how urgent it is, and where the docs say more", () => {
  const page = readFileSync(join(root, "docs/watching.md"), "utf8");
  const anchors = [...page.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title.toLowerCase().replaceAll(" ", "-"),
  );
  assert.ok(alerts.length > 0);
  for (const { alert = "", labels, annotations = {} } of alerts) {
    assert.match(labels?.severity ?? "", /^(page|ticket)$/, alert);
    assert.match(annotations.summary ?? "", /^\S.{10,}/, alert);
    assert.match(annotations.action ?? "", /^\S.{10,}/, alert);
    const [, anchor = ""] = /^docs\/watching\.md#(.+)$/.exec(annotations.runbook ?? "") ?? [];
    assert.ok(anchors.includes(anchor), `${alert}: docs/watching.md has no section ${anchor}`);
    assert.ok(page.includes(alert), `${alert} is not in docs/watching.md`);
  }
});

test("every alert has a test of promtool, and every test names its alerts", () => {
  const folder = join(import.meta.dirname, "prometheus/tests");
  const names = readdirSync(folder).flatMap((file): string[] =>
    parse(readFileSync(join(folder, file), "utf8")).tests.map(({ name }: { name: string }) => name),
  );
  for (const { alert = "" } of alerts) {
    assert.ok(
      names.some((name) => new RegExp(`\\b${alert}\\b.*:`).test(name)),
      alert,
    );
  }
});

test("compose.observe.yaml takes the official images, and the stand-ins have their versions and bases", () => {
  const compose = readFileSync(join(root, "compose.observe.yaml"), "utf8");
  for (const name of ["prometheus", "alertmanager"] as const) {
    assert.ok(compose.includes(`:-${OFFICIAL_IMAGES[name]}}`), name);
    const version = standInTag(name).split(":")[1] ?? "none";
    assert.match(OFFICIAL_IMAGES[name], new RegExp(`:v${RegExp.escape(version)}\\b`));
    const user = /^USER (\S+)$/m.exec(readFileSync(join(contextOf(name), "Dockerfile"), "utf8"));
    assert.ok(compose.includes(`user: "${user?.[1]}"`), name);
  }
});
