import assert from "node:assert/strict";
import { test } from "node:test";
import {
  choice,
  defineSettings,
  integer,
  list,
  manualSection,
  milliseconds,
  readSettings,
  text,
  toggle,
} from "./index.ts";

const table = defineSettings("SHOP", {
  httpPort: integer({ default: 80, min: 1, max: 65535, why: "The port." }),
  closingTime: milliseconds({ default: 500, min: 10, max: 1000, why: "The wait." }),
  mode: choice({ of: ["open", "shut"], default: "open", why: "The state." }),
  quiet: toggle({ default: false, why: "No bell." }),
  key: text({
    default: "",
    allowed: "a word",
    matches: /^\w*$/,
    why: "Opens.",
    confidential: true,
  }),
  guests: list({ default: [], allowed: "names", matches: /^[a-z]+$/, why: "Names." }),
});

const refusals: [string, Record<string, string>, string[], RegExp][] = [
  [
    "out of range",
    { SHOP_HTTP_PORT: "70000" },
    [],
    /^SHOP_HTTP_PORT="70000": expected a whole number from 1 to 65535$/,
  ],
  [
    "no number",
    { SHOP_CLOSING_TIME: "5s" },
    [],
    /^SHOP_CLOSING_TIME="5s": expected a whole number from 10 to 1000 \(ms\)$/,
  ],
  ["not in the list", { SHOP_MODE: "ajar" }, [], /^SHOP_MODE="ajar": expected one of open, shut$/],
  [
    "a misspelt variable",
    { SHOP_HTTP_PROT: "81" },
    [],
    /^SHOP_HTTP_PROT: no such setting; did you mean SHOP_HTTP_PORT\?$/,
  ],
  [
    "a misspelt flag",
    {},
    ["--closing-tme", "20"],
    /^--closing-tme: no such flag; did you mean --closing-time\?$/,
  ],
  ["a flag without its value", {}, ["--closing-time"], /^--closing-time: needs a value$/],
  ["a bad flag", {}, ["--mode=ajar"], /^--mode="ajar": expected one of open, shut$/],
  ["a bad secret", { SHOP_KEY: "pass word" }, [], /^SHOP_KEY: expected a word$/],
  ["a bad item", { SHOP_GUESTS: "ann,B0b" }, [], /^SHOP_GUESTS="ann,B0b": expected names$/],
];

for (const [what, environment, args, message] of refusals) {
  test(`${what} is refused with one line that says what is allowed`, () => {
    assert.throws(() => readSettings(table, environment, args), { name: "SettingError", message });
  });
}

test("a flag overrides a variable, which overrides the default, and each origin is known", () => {
  const { values, origins, operands } = readSettings(
    table,
    { SHOP_HTTP_PORT: "8080", SHOP_CLOSING_TIME: "20", SHOP_QUIET: "on", PATH: "/bin" },
    ["app.ts", "--http-port", "9090"],
  );
  assert.deepEqual(values, {
    httpPort: 9090,
    closingTime: 20,
    mode: "open",
    quiet: true,
    key: "",
    guests: [],
  });
  assert.deepEqual(
    [origins.httpPort, origins.closingTime, origins.mode],
    ["flag", "environment", "default"],
  );
  assert.deepEqual(operands, ["app.ts"]);
});

test("a list may be several flags; of other kinds the last flag counts", () => {
  const args = ["--guests", "ann,bob", "--guests=eve", "--mode=shut", "--mode=open"];
  const { guests, mode } = readSettings(table, { SHOP_GUESTS: "mallory" }, args).values;
  assert.deepEqual([guests, mode], [["ann", "bob", "eve"], "open"]);
});

test("a file overrides the default, and a variable overrides the file", () => {
  const file = { path: "shop.ts", values: { httpPort: 81, closingTime: 30, quiet: true } };
  const { values, origins } = readSettings(table, { SHOP_CLOSING_TIME: "20" }, [], file);
  assert.deepEqual([values.httpPort, values.closingTime, values.quiet], [81, 20, true]);
  assert.deepEqual(
    [origins.httpPort, origins.closingTime, origins.mode],
    ["file", "environment", "default"],
  );
});

test("a bad value or an unknown name of a file is refused with the file's name", () => {
  const read = (values: object) =>
    readSettings(table, {}, [], { path: "shop.ts", values: { ...values } });
  assert.throws(() => read({ closingTime: 5 }), {
    message: /^shop\.ts: closingTime="5": expected a/,
  });
  assert.throws(() => read({ closingTme: 20 }), {
    message: "shop.ts: closingTme: no such setting; did you mean closingTime?",
  });
});

test("an empty variable, as Compose passes an unset one, means the default", () => {
  assert.equal(readSettings(table, { SHOP_HTTP_PORT: "" }, []).values.httpPort, 80);
});

test("the manual has every setting", () => {
  const manual = manualSection("Shop", table, { flags: true });
  for (const word of ["`SHOP_HTTP_PORT`", "`--closing-time`", "one of open, shut", "`off`"]) {
    assert.ok(manual.includes(word), `${word} is missing in:\n${manual}`);
  }
});
