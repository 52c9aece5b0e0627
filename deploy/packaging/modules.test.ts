import assert from "node:assert/strict";
import { test } from "node:test";
import { declaredBy, packagesOf, withCompiledNames, withDeclaredNames } from "./modules.ts";

const MODULES = ["pool/child.js", "worker/main.js", "pool/pool.js"];
const renamed = (text: string) =>
  withCompiledNames("pool/pool.js", text, (path) => MODULES.includes(path));

test("a file that another process loads has the name of its compiled module, however it is written", () => {
  for (const form of [
    'fork(new URL("./child.ts", import.meta.url))',
    'fork(new URL("child.ts", import.meta.url))',
    "import.meta.resolve('../worker/main.ts')",
    'join(import.meta.dirname, "child.ts")',
    'join(import.meta.dirname, "../worker/main.ts")',
    'const entry = "./child.ts";',
  ]) {
    assert.equal(renamed(form), form.replace(".ts", ".js"), form);
  }
});

test("other texts that end in .ts stay as they are", () => {
  for (const text of [
    '// as "./child.ts" does',
    'console.log("child.ts", "of the application")',
    'const site = join(folder, "child.ts");',
    'import("./absent.ts")',
    'const shown = `"./child.ts"`;',
  ]) {
    assert.equal(renamed(text), text);
  }
});

test("several names in one module are each replaced", () => {
  assert.equal(
    renamed('a("./child.ts"); b("../worker/main.ts"); c("./child.ts");'),
    'a("./child.js"); b("../worker/main.js"); c("./child.js");',
  );
});

test("declarations name compiled modules", () => {
  const text =
    'export { a } from "./a.ts";\nexport type B = import("../b.ts").B;\n// from ./c.ts\n';
  assert.equal(
    withDeclaredNames(text),
    'export { a } from "./a.js";\nexport type B = import("../b.js").B;\n// from ./c.ts\n',
  );
  assert.deepEqual(declaredBy("pool/pool.d.ts", text), ["pool/a.js", "b.js"]);
});

test("the packages that a module imports are known, and Node's own and texts are not", () => {
  const text = [
    'import a from "alpha/part"; import "@scope/beta/part"; export * from "gamma";',
    'import fs from "node:fs"; import { d } from "./d.js"; const x = await import("delta");',
    'const code = `import e from "epsilon"`; const f = "from";',
  ].join("\n");
  assert.deepEqual(packagesOf(text), ["alpha", "@scope/beta", "gamma", "delta"]);
});
