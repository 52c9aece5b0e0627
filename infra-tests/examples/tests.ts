import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { stretched } from "@gatehouse/telemetry/testing";
import type { Stack } from "../stack/stack.ts";
import { ExampleStack } from "./example-stack.ts";
import { buildProject } from "./project-image.ts";
import type { ExampleSite } from "./sites.ts";
import { addressOf, STORY } from "./story.ts";

/** How long a step of a story may take, in milliseconds on a quiet machine. */
const STEP = 20_000;

/** Has each site tell its story through edge, gateway and image, all beside each other. */
export function testSites(stack: Stack, sites: readonly ExampleSite[]): void {
  describe("an example in the whole chain", { concurrency: 4 }, () => {
    for (const site of sites)
      describe(site.name, { concurrency: false }, () => testSite(stack, site));
  });
}

function testSite(stack: Stack, site: ExampleSite): void {
  let started: ExampleStack;
  before(async () => {
    const { project } = site;
    const image =
      project === undefined ? undefined : await buildProject(stack, project, site.module);
    started = await ExampleStack.start(stack, site, { image });
  });
  after(async () => await started?.[Symbol.asyncDispose]());

  for (const feature of site.features) {
    const { says, check } = STORY[feature];
    test(`${site.name} ${says}`, { timeout: stretched(STEP) }, () =>
      check(addressOf(feature, started.origin)),
    );
  }

  test(`${site.name} ends at a stop, after the hooks of both workers`, async () => {
    const { code, output } = await started.stop();
    assert.equal(code, 0, output);
    assert.equal(output.match(site.closes)?.length, 2, output);
  });
}
