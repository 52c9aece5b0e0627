import assert from "node:assert/strict";
import { test } from "node:test";
import { readContainer } from "../stack/containers.ts";
import { serves } from "./release-command.ts";

const container = (service: string, state: string, status: string) =>
  readContainer(`id\t${service}\t1\t${state}\t${status}\t`);

test("a stack whose health checks fail still serves: it gets a deploy and not a start", () => {
  const holder = container("edge-port", "running", "Up 2 minutes (healthy)");
  assert.equal(serves([holder, container("web", "running", "Up 2 minutes (unhealthy)")]), true);
  assert.equal(serves([holder, container("web", "restarting", "Restarting (1) 1 s ago")]), false);
  assert.equal(serves([holder]), false);
});
