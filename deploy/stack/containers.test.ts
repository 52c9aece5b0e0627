import assert from "node:assert/strict";
import { test } from "node:test";
import { condition, readContainer } from "./containers.ts";

const conditions: readonly (readonly [state: string, status: string, said: string])[] = [
  ["running", "Up 3 seconds (healthy)", "healthy"],
  ["running", "Up 3 seconds (health: starting)", "starting"],
  ["running", "Up 2 minutes (unhealthy)", "unhealthy"],
  ["running", "Up 2 minutes", "running"],
  ["created", "Created", "created"],
  ["exited", "Exited (0) 1 second ago", "done"],
  ["exited", "Exited (137) 1 second ago", "exited, exit code 137"],
  ["restarting", "Restarting (78) 2 seconds ago", "restarting, exit code 78"],
];

for (const [state, status, said] of conditions) {
  test(`a container with the status "${status}" is shown as: ${said}`, () => {
    assert.equal(condition(readContainer(`id\tapp\t1\t${state}\t${status}\t`)), said);
  });
}

test("a container has the name of its service with its number, and the ports that it publishes", () => {
  const line = "abc\tedge-port\t1\trunning\tUp 1 second\t127.0.0.1:8080->8080/tcp";
  const { id, name, ports } = readContainer(line);
  assert.deepEqual([id, name, ports], ["abc", "edge-port-1", "127.0.0.1:8080->8080/tcp"]);
});
