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

const table = defineSettings("DOOR", {
  httpPort: integer({ default: 80, min: 1, max: 65535, why: "The port." }),
  patience: milliseconds({ default: 500, min: 10, max: 1000, why: "The wait." }),
  mode: choice({ of: ["open", "shut"], default: "open", why: "The state." }),
  quiet: toggle({ default: false, why: "No bell." }),
  key: text({
    default: "",
    allowed: "a word",
    matches: /^\w*$/,
    why: "Opens.",
    confidential: true,
  }),
  guests: list({ default: [], allowed: "names", matches: /^[a-z]+$/, why: "Who may enter." }),
});

const refusals: [string, Record<string, string>, string[], RegExp][] = [
  [
    "out of range",
    { DOOR_HTTP_PORT: "70000" },
    [],
    /^DOOR_HTTP_PORT="70000": expected a whole number from 1 to 65535$/,
  ],
  [
    "no number",
    { DOOR_PATIENCE: "5s" },
    [],
    /^DOOR_PATIENCE="5s": expected a whole number from 10 to 1000 \(ms\)$/,
  ],
  ["not in the list", { DOOR_MODE: "ajar" }, [], /^DOOR_MODE="ajar": expected one of open, shut$/],
  [
    "a misspelt variable",
    { DOOR_HTTP_PROT: "81" },
    [],
    /^DOOR_HTTP_PROT: no such setting; did you mean DOOR_HTTP_PORT\?$/,
  ],
  [
    "a misspelt flag",
    {},
    ["--patiense", "20"],
    /^--patiense: no such flag; did you mean --patience\?$/,
  ],
  ["a flag without its value", {}, ["--patience"], /^--patience: needs a value$/],
  ["a bad flag", {}, ["--mode=ajar"], /^--mode="ajar": expected one of open, shut$/],
  ["a bad secret", { DOOR_KEY: "pass word" }, [], /^DOOR_KEY: expected a word$/],
  ["a bad item", { DOOR_GUESTS: "ann,B0b" }, [], /^DOOR_GUESTS="ann,B0b": expected names$/],
];

for (const [what, environment, args, message] of refusals) {
  test(`${what} is refused with one line that says what is allowed`, () => {
    assert.throws(() => readSettings(table, environment, args), { name: "SettingError", message });
  });
}

test("a flag outranks a variable, which outranks the default, and each origin is known", () => {
  const { values, origins, operands } = readSettings(
    table,
    { DOOR_HTTP_PORT: "8080", DOOR_PATIENCE: "20", DOOR_QUIET: "on", PATH: "/bin" },
    ["app.ts", "--http-port", "9090"],
  );
  assert.deepEqual(values, {
    httpPort: 9090,
    patience: 20,
    mode: "open",
    quiet: true,
    key: "",
    guests: [],
  });
  assert.deepEqual(
    [origins.httpPort, origins.patience, origins.mode],
    ["flag", "environment", "default"],
  );
  assert.deepEqual(operands, ["app.ts"]);
});

test("a list may be given by several flags; of anything else the last flag counts", () => {
  const args = ["--guests", "ann,bob", "--guests=eve", "--mode=shut", "--mode=open"];
  const { guests, mode } = readSettings(table, { DOOR_GUESTS: "mallory" }, args).values;
  assert.deepEqual([guests, mode], [["ann", "bob", "eve"], "open"]);
});

test("a file outranks the default, and a variable outranks the file", () => {
  const file = { path: "door.ts", values: { httpPort: 81, patience: 30, quiet: true } };
  const { values, origins } = readSettings(table, { DOOR_PATIENCE: "20" }, [], file);
  assert.deepEqual([values.httpPort, values.patience, values.quiet], [81, 20, true]);
  assert.deepEqual(
    [origins.httpPort, origins.patience, origins.mode],
    ["file", "environment", "default"],
  );
});

test("a bad value or an unknown name of a file is refused with the file's name", () => {
  const read = (values: object) =>
    readSettings(table, {}, [], { path: "door.ts", values: { ...values } });
  assert.throws(() => read({ patience: 5 }), { message: /^door\.ts: patience="5": expected a/ });
  assert.throws(() => read({ patienc: 20 }), {
    message: "door.ts: patienc: no such setting; did you mean patience?",
  });
});

test("an empty variable, as Compose hands on an unset one, means the default", () => {
  assert.equal(readSettings(table, { DOOR_HTTP_PORT: "" }, []).values.httpPort, 80);
});

test("the manual tells of every setting", () => {
  const manual = manualSection("Door", table, { flags: true });
  for (const word of ["`DOOR_HTTP_PORT`", "`--patience`", "one of open, shut", "`off`"]) {
    assert.ok(manual.includes(word), `${word} is missing in:\n${manual}`);
  }
});
