import assert from "node:assert/strict";
import { test } from "node:test";
import { engineSettings } from "./engine-settings.ts";

test("what the operator has set of the engine stays, and the rest is added", () => {
  assert.deepEqual(JSON.parse(engineSettings('{"data-root":"/mnt/docker"}')), {
    "log-driver": "json-file",
    "log-opts": { "max-size": "10m", "max-file": "3" },
    "live-restore": true,
    "data-root": "/mnt/docker",
  });
});

test("another log driver does not get the limits, with which the engine would not start", () => {
  assert.deepEqual(JSON.parse(engineSettings('{"log-driver":"journald"}')), {
    "log-driver": "journald",
    "live-restore": true,
  });
});

test("settings of the engine that are ours already are not written again", () => {
  const text = engineSettings("");
  assert.equal(engineSettings(text), text);
});

test("settings that are no JSON stop the preparation", () => {
  assert.throws(
    () => engineSettings("{,}"),
    /daemon\.json of the server is no JSON .*: mend it there/,
  );
});
