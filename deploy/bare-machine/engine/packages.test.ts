import assert from "node:assert/strict";
import { test } from "node:test";
import { readDistribution } from "./host.ts";
import { enginePackages, suiteFiles } from "./packages.ts";

const of = (id: string, release: string) =>
  readDistribution(`ID=${id}\n${release === "" ? "" : `VERSION_ID="${release}"\n`}`);

test("Debian 12 installs the engine from the next suite, Debian 13 and later from its own", () => {
  assert.equal(enginePackages(of("debian", "12"))?.suite, "trixie");
  assert.equal(enginePackages(of("debian", "13"))?.suite, undefined);
  assert.equal(enginePackages(of("debian", ""))?.suite, undefined);
});

test("Ubuntu names its Compose package differently", () => {
  const { names, suite } = enginePackages(of("ubuntu", "24.04")) ?? {};
  assert.deepEqual(names, ["docker.io", "docker-compose-v2", "docker-buildx"]);
  assert.equal(suite, undefined);
});

test("if packages of Docker's own archive are installed, the rest comes from there", () => {
  const { names, suite } = enginePackages(of("debian", "12"), true) ?? {};
  assert.ok(names?.includes("docker-compose-plugin"));
  assert.equal(suite, undefined);
});

test("nothing is installed on older releases, other distributions and other systems", () => {
  assert.equal(enginePackages(of("debian", "11")), undefined);
  assert.equal(enginePackages(of("ubuntu", "20.04")), undefined);
  assert.equal(enginePackages(of("fedora", "42")), undefined);
  assert.equal(enginePackages(undefined), undefined);
});

test("a suite is added from the archives of the release, for the named packages only", () => {
  const source = { components: ["main"], signedBy: "/usr/share/keyrings/debian.gpg" };
  const files = suiteFiles(
    [
      { ...source, uris: ["http://mirror.example/debian"], suites: ["bookworm"] },
      { ...source, uris: ["http://mirror.example/security"], suites: ["bookworm-security"] },
    ],
    "bookworm",
    "trixie",
    ["docker.io", "docker-cli"],
  );
  assert.equal(
    files?.sources,
    `Types: deb
URIs: http://mirror.example/debian
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/debian.gpg

Types: deb
URIs: http://mirror.example/security
Suites: trixie-security
Components: main
Signed-By: /usr/share/keyrings/debian.gpg
`,
  );
  assert.equal(
    files?.preferences,
    `Package: *
Pin: release n=trixie*
Pin-Priority: 100

Package: docker.io docker-cli
Pin: release n=trixie*
Pin-Priority: 995
`,
  );
});

test("without an archive of the release no suite can be added", () => {
  assert.equal(suiteFiles([], "bookworm", "trixie", ["docker.io"]), undefined);
});
