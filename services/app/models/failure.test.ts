import assert from "node:assert/strict";
import { test } from "node:test";
import { readSettings } from "@gatehouse/settings";
import { DrizzleQueryError } from "drizzle-orm/errors";
import { appSettings } from "../settings.ts";
import { isLasting, isUnavailable, reasonOf } from "./failure.ts";

const environment = { DATABASE_URL: "postgres://gatehouse@db:5432/gatehouse" };
const { values } = readSettings(appSettings, environment, []);

/** As drizzle throws it: the driver's error is the cause. */
function failure(code: string, message = "said the server"): Error {
  return new DrizzleQueryError("select 1", [], Object.assign(new Error(message), { code }));
}

test("a refused password is named in one line, and waiting does not heal it", () => {
  assert.match(
    reasonOf(failure("28P01"), values),
    /^the database refuses the password for user gatehouse .*$/,
  );
  assert.ok(isLasting(failure("28P01")));
});

test("what the network, the driver or a server in trouble says means: unavailable", () => {
  for (const code of [
    "ECONNREFUSED",
    "EAI_AGAIN",
    "CONNECT_TIMEOUT",
    "CONNECTION_CLOSED",
    "57P03",
    "53300",
  ]) {
    assert.ok(isUnavailable(failure(code)), code);
    assert.ok(!isLasting(failure(code)), code);
  }
});

test("a mistake in a query, or in the code, is not the database's fault", () => {
  for (const code of ["42P01", "23514", "ERR_INVALID_ARG_TYPE", ""]) {
    assert.ok(!isUnavailable(failure(code)), code);
  }
  assert.ok(!isUnavailable(new TypeError("x is not a function")));
});

test("any other reason is the server's own words, in one line", () => {
  assert.equal(reasonOf(failure("42P01", "no such\n table"), values), "no such table (42P01)");
});
