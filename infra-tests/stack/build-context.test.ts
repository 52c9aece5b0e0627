import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { contextOf } from "./build-context.ts";
import { root } from "./clone.ts";

test("a build reads what its COPY lines name, and nothing of a stage or of its own text", () => {
  const dockerfile = [
    ...["COPY package.json package-lock.json ./", "COPY packages/http/package.json packages/http/"],
    ...["COPY services/app/package.json services/app/", "COPY services/app services/app"],
    ...["COPY --from=build /made made", "COPY --chmod=0755 <<'EOF' /usr/local/bin/script", "EOF"],
    ...["COPY --chmod=0644 settings.conf /etc/", "COPY packages packages", "RUN echo COPY a b"],
  ].join("\n");
  const expected = ["package.json", "package-lock.json", "settings.conf", "packages"];
  assert.deepEqual(contextOf(dockerfile), expected);
});

test("Dockerfile.app reads every workspace, of which npm ci wants the manifest, and all of the jobs", () => {
  const context = contextOf(readFileSync(join(root, "Dockerfile.app"), "utf8"));
  const { workspaces } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const manifests = globSync(
    workspaces.map((each: string) => `${each}/package.json`),
    {
      cwd: root,
    },
  );
  const lost = manifests.filter(
    (path) => !context.some((each) => `${path}/`.startsWith(`${each}/`)),
  );
  assert.deepEqual(lost, ["services/app/package.json"]);
  assert.ok(context.includes("services/jobs"), context.join());
});
