import assert from "node:assert/strict";
import { test } from "node:test";
import { sbomOf } from "./cyclonedx.ts";
import { type Part, readParts } from "./image-parts.ts";

const DEBIAN = { id: "debian", version: "13" };

function purlsOf(...parts: Part[]) {
  const { components } = sbomOf({ name: "shop/app", id: "sha256:0" }, { system: DEBIAN, parts });
  return components.map(({ purl }) => purl).filter(Boolean);
}

// As in the examples of the package URL types npm and deb (ECMA-427).
test("a package of npm, with a scope or without, and one of Debian have their package URL", () => {
  const angular: Part = { kind: "npm", name: "@angular/animation", version: "12.3.1" };
  assert.deepEqual(purlsOf(angular), ["pkg:npm/%40angular/animation@12.3.1"]);
  const foobar: Part = { kind: "npm", name: "foobar", version: "12.3.1" };
  assert.deepEqual(purlsOf(foobar), ["pkg:npm/foobar@12.3.1"]);
  const curl: Part = { kind: "deb", name: "curl", version: "7.50.3-1", architecture: "i386" };
  assert.deepEqual(purlsOf(curl), ["pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=debian-13"]);
});

test("an epoch and a plus sign of a version are no delimiters", () => {
  const part: Part = {
    kind: "deb",
    name: "shadow",
    version: "1:4.17+deb13u1",
    architecture: "all",
  };
  assert.deepEqual(purlsOf(part), [
    "pkg:deb/debian/shadow@1%3A4.17%2Bdeb13u1?arch=all&distro=debian-13",
  ]);
});

test("a package that is there at two paths is one part; two versions are two", () => {
  const [one, two] = ["1.0.0", "2.0.0"].map(
    (version): Part => ({ kind: "npm", name: "ms", version }),
  );
  assert.ok(one && two);
  assert.deepEqual(purlsOf(one, two, one), ["pkg:npm/ms@1.0.0", "pkg:npm/ms@2.0.0"]);
});

test("the list says of which image it is, on which system, and under which licenses", () => {
  const parts: Part[] = [{ kind: "npm", name: "pino", version: "9.0.0", license: "MIT" }];
  const now = new Date("2026-01-02T03:04:05Z");
  const image = { name: "shop/app:1", id: "sha256:ab" };
  assert.deepEqual(sbomOf(image, { system: DEBIAN, parts }, now), {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      timestamp: "2026-01-02T03:04:05.000Z",
      component: { type: "container", name: "shop/app:1", version: "sha256:ab" },
    },
    components: [
      { type: "operating-system", name: "debian", version: "13" },
      {
        type: "library",
        "bom-ref": "pkg:npm/pino@9.0.0",
        name: "pino",
        version: "9.0.0",
        purl: "pkg:npm/pino@9.0.0",
        licenses: [{ license: { name: "MIT" } }],
      },
    ],
  });
});

test("what an image prints is read: removed packages, and files that are no package, are no parts", () => {
  const manifests = [
    `{"name":"@a/b","version":"1.0.0","license":"MIT"}`,
    `{"type":"commonjs"}`,
    "no JSON",
    `{"name":"old","version":"0.1.0","license":{"type":"BSD"}}`,
  ];
  const lines = [
    "debian\t13",
    "v26.10.0",
    "ii \tlibc6\t2.41-12\tamd64",
    "rc \tnano\t8.4-1\tamd64",
    "",
  ];
  assert.deepEqual(readParts([lines.join("\n"), ...manifests].join("\0")), {
    system: DEBIAN,
    parts: [
      { kind: "node", name: "node", version: "26.10.0" },
      { kind: "deb", name: "libc6", version: "2.41-12", architecture: "amd64" },
      { kind: "npm", name: "@a/b", version: "1.0.0", license: "MIT" },
      { kind: "npm", name: "old", version: "0.1.0" },
    ],
  });
});

test("an image without Node has no part of that name", () => {
  assert.deepEqual(readParts("debian\t13\n\nii \tapt\t3.0.4\tamd64\n").parts, [
    { kind: "deb", name: "apt", version: "3.0.4", architecture: "amd64" },
  ]);
});
