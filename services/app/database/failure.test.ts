import assert from "node:assert/strict";
import { test } from "node:test";
import { readSettings } from "@gatehouse/settings";
import { appSettings } from "../settings.ts";
import { DrizzleQueryError } from "./drizzle.ts";
import { isPermanent, isUnavailable, reasonOf } from "./failure.ts";

const environment = { DATABASE_URL: "postgres://gatehouse@db:5432/gatehouse" };
const { values } = readSettings(appSettings, environment, []);

/** As drizzle throws it, with the driver's error as the cause. */
function failure(code: string, message = "from the server"): Error {
  return new DrizzleQueryError("select 1", [], Object.assign(new Error(message), { code }));
}

test("a refused password is reported in one line, and a retry does not help", () => {
  assert.match(
    reasonOf(failure("28P01"), values),
    /^the database db:5432 refuses the password of user gatehouse .*$/,
  );
  assert.ok(isPermanent(failure("28P01")));
});

test("errors of the network, the driver and the server mean: unavailable", () => {
  for (const code of [
    "ECONNREFUSED",
    "EAI_AGAIN",
    "CONNECT_TIMEOUT",
    "CONNECTION_CLOSED",
    "57P03",
    "53300",
  ]) {
    assert.ok(isUnavailable(failure(code)), code);
    assert.ok(!isPermanent(failure(code)), code);
  }
});

test("errors in a query, or in the code, do not mean: unavailable", () => {
  for (const code of ["42P01", "23514", "ERR_INVALID_ARG_TYPE", ""]) {
    assert.ok(!isUnavailable(failure(code)), code);
  }
  assert.ok(!isUnavailable(new TypeError("x is not a function")));
});

test("any other reason is the server's message in one line", () => {
  assert.equal(reasonOf(failure("42P01", "no such\n table"), values), "no such table (42P01)");
});
