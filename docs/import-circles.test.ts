import assert from "node:assert/strict";
import { dirname } from "node:path";
import { test } from "node:test";
import { circlesOf, importsOf, readImports } from "./import-circles.ts";

test("imports of values, of types and of exports are found, also over several lines", () => {
  const source = `
    import a from "./a.ts";
    import type { B } from './b.ts';
    import {
      c,
      type D,
    } from "./c.ts";
    import "./e.ts";
    export type { F } from "./f.ts";
    export * from "./g.ts";
    const h: typeof import("./h.ts") = await import("./i.ts");`;
  assert.deepEqual(
    importsOf(source),
    ["a", "b", "c", "e", "f", "g", "h", "i"].map((name) => `./${name}.ts`),
  );
});

test("files that import each other, or themselves, are a circle; others are not", () => {
  const imports = {
    main: ["a", "self"],
    a: ["b", "leaf"],
    b: ["c"],
    c: ["a", "d"],
    d: ["e", "leaf"],
    e: ["d"],
    self: ["self"],
    leaf: [],
  };
  assert.deepEqual(circlesOf(new Map(Object.entries(imports))), [
    ["d", "e"],
    ["a", "b", "c"],
    ["self"],
  ]);
});

const imports = readImports(dirname(import.meta.dirname));
const circles = circlesOf(imports);
const areas = new Set(
  [...imports.keys()].map((file) => /^(services|packages)\/[^/]+|^[^/]+/.exec(file)?.[0]),
);

test("the areas of the repository are read, with the packages that they import", () => {
  for (const area of ["deploy", "services/web", "services/gateway", "packages/settings"]) {
    assert.ok(areas.has(area), area);
  }
  assert.ok(imports.get("services/web/settings.ts")?.includes("packages/settings/index.ts"));
});

for (const area of areas) {
  test(`no files of ${area} import each other in a circle, types included`, () => {
    const own = circles.filter((circle) => circle.some((file) => file.startsWith(`${area}/`)));
    const lists = own.map((circle) => `${circle.length} files:\n  ${circle.join("\n  ")}`);
    assert.equal(own.length, 0, `let the imports point one way in ${lists.join("\nand ")}`);
  });
}
