import assert from "node:assert/strict";
import { test } from "node:test";
import { wantedRelease } from "../releases/rollback.ts";
import { COMMANDS, type Command } from "./commands.ts";
import { forEarlierTree, passedOn, settingsOfShell, type Variables } from "./variables.ts";

const FILE = "environments/production.env";

const passed = (name: string, variables: Variables) =>
  passedOn(name, COMMANDS[name] as Command, FILE, variables);

test("a command on a server gets the variables that it reads, and no other of this machine", () => {
  const variables = { CONTRACT: "1", ONE_AT_A_TIME: "", HOME: "/home/jo", TO: "production" };
  assert.deepEqual(passed("deploy", { ...variables, GIVEN: "CONTRACT TO VERBOSE" }), {
    CONTRACT: "1",
  });
  assert.deepEqual(passed("rollback", { RELEASE: "3", GIVEN: "TO RELEASE" }), { RELEASE: "3" });
});

test("a setting on the command line is refused, and not dropped", () => {
  const given = { REPLICAS: "4", WEB_HTTPS: "redirect", GIVEN: "REPLICAS TO WEB_HTTPS" };
  assert.throws(() => passed("deploy", given), {
    message:
      "REPLICAS is a setting: of a server it is a line of environments/production.env\n" +
      "WEB_HTTPS is a setting: of a server it is a line of environments/production.env",
    exitCode: 78,
  });
});

test("a variable that the command does not read is refused with those that it reads", () => {
  assert.throws(() => passed("rollback", { RELEAS: "3", GIVEN: "TO RELEAS" }), {
    message: "make rollback with TO= reads no RELEAS: it reads RELEASE",
  });
  assert.throws(() => passed("backup", { BACKUP: "x", GIVEN: "BACKUP" }), {
    message: "make backup with TO= reads no BACKUP: leave it out",
  });
});

test("the key of backups is refused, wherever it is from", () => {
  assert.throws(
    () => passed("restore", { BACKUP_IDENTITY: "shop.key" }),
    /server must not have it/,
  );
});

test("settings of the shell are named: here they would outrank .env", () => {
  assert.deepEqual(settingsOfShell({ REPLICAS: "4", HOME: "/home/jo", STRIPE_MODE: "live" }), [
    "REPLICAS",
  ]);
});

test("a release to roll back to is understood by a tree that knows TO alone, as by one of today", () => {
  const given = passed("rollback", { RELEASE: "3" });
  const { RELEASE, TO } = { ...given, ...forEarlierTree(given) };
  assert.equal(wantedRelease({ RELEASE, TO }), 3);
  assert.equal(wantedRelease({ TO }), 3);
  assert.deepEqual(forEarlierTree({}), {});
});
