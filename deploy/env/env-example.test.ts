import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { gatewaySettings } from "@gatehouse/gateway/settings";
import { jobsSettings } from "@gatehouse/jobs/settings";
import { readSettings, variablesOf } from "@gatehouse/settings";
import { webSettings } from "@gatehouse/web/settings";
import { backupSettings } from "../backups/settings.ts";
import { openClone } from "../clone.ts";
import { imageOf } from "../images.ts";
import { deploySettings } from "../settings.ts";
import { readEnv } from "./environment.ts";

const text = await readFile(openClone().envExample, "utf8");
const commented = readEnv(text.replaceAll(/^#(?=[A-Z0-9_]+=)/gm, ""));

const own = variablesOf(deploySettings);

test("the manual names every variable that compose.yaml and the tools read", () => {
  const named = Object.keys(commented).filter((name) => own.includes(name));
  assert.deepEqual(named.sort(), own.toSorted());
});

test("every other variable in it is Compose's, a service's or of backups, with a value that is allowed", () => {
  const others = Object.fromEntries(
    Object.entries(commented).filter(([name]) => !own.includes(name) && name !== "COMPOSE_FILE"),
  );
  const tables = [backupSettings, webSettings, gatewaySettings, jobsSettings];
  const known = tables.flatMap((table) => variablesOf(table));
  for (const name of Object.keys(others)) assert.ok(known.includes(name), name);
  for (const table of tables) assert.doesNotThrow(() => readSettings(table, others, []));
});

test("every value in it is allowed, the commented ones too, and a live one is the default", () => {
  const defaults = readSettings(deploySettings, {}, []).values;
  // An application need not have a schedule; the one in this clone does.
  const { SCHEDULE: _, ...live } = readEnv(text);
  assert.deepEqual(readSettings(deploySettings, live, []).values, defaults);
  assert.doesNotThrow(() => readSettings(deploySettings, commented, []));
});

test("the images in it are the official ones that an empty value stands for", () => {
  const { values } = readSettings(deploySettings, commented, []);
  const defaults = readSettings(deploySettings, {}, []).values;
  for (const name of ["node", "postgres", "nginx", "k6", "playwright"] as const) {
    assert.equal(imageOf(values, name), imageOf(defaults, name));
  }
});

test("every variable but the last of a group stands under a comment that says why", () => {
  for (const block of text.split("\n\n").filter((each) => /^#?[A-Z0-9_]+=/m.test(each))) {
    assert.match(block, /^# \S/, block);
  }
});

test("compose.yaml takes the same images by default", async () => {
  const compose = await readFile(`${openClone().root}/compose.yaml`, "utf8");
  const defaults = readSettings(deploySettings, {}, []).values;
  for (const name of ["node", "postgres", "nginx"] as const) {
    assert.ok(compose.includes(`:-${imageOf(defaults, name)}}`), `${name} in compose.yaml`);
  }
});
