import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readEnvironment, valuesOf } from "../env/environment.ts";
import { temporaryClone } from "../testing.ts";
import { asConfigured } from "./kept-image.ts";

for (const refused of ["config --format", "config --hash"]) {
  test(`a failing docker compose ${refused} is the reason, and no container has changed by it`, async (t) => {
    const clone = await temporaryClone(t);
    await mkdir(join(clone.root, "bin"));
    const docker = `#!/bin/sh\ncase "$*" in *"${refused}"*) echo "app.env not found" >&2; exit 14;; esac\n`;
    await writeFile(join(clone.root, "bin/docker"), docker, { mode: 0o755 });
    const { PATH } = process.env;
    process.env.PATH = `${clone.root}/bin:${PATH}`;
    t.after(() => {
      process.env.PATH = PATH;
    });
    const stack = { clone, settings: valuesOf(await readEnvironment(clone)) };
    await assert.rejects(asConfigured(stack, []), {
      name: "Problem",
      message: "docker compose refuses the configuration: app.env not found",
    });
  });
}
