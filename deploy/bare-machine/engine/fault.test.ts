import assert from "node:assert/strict";
import { test } from "node:test";
import { decide } from "./ensure.ts";
import { engineFault, type Fault } from "./fault.ts";
import { type Host, readDistribution } from "./host.ts";
import type { EngineState } from "./state.ts";

const debian = readDistribution(
  'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
);
const host: Host = {
  platform: "linux",
  root: true,
  user: "operator",
  terminal: false,
  systemd: true,
  distribution: debian,
  consent: undefined,
};
const good: EngineState = {
  client: true,
  daemon: "/usr/sbin/dockerd",
  engine: "26.1.5+dfsg1",
  refusal: "",
  compose: "2.26.1-4",
  buildx: "0.13.1+ds1",
};
const NO_DAEMON =
  "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?";
const nothing: EngineState = {
  client: false,
  daemon: undefined,
  engine: undefined,
  refusal: "spawn docker ENOENT",
  compose: undefined,
  buildx: undefined,
};

const lineOf = (fault: Fault | undefined) => `${fault?.problem}: ${fault?.fix}`;

test("an installation that is new enough and responds has no fault", () => {
  assert.equal(engineFault(good, host), undefined);
});

test("everything that is missing is reported at once", () => {
  const fault = engineFault(nothing, host);
  assert.equal(fault?.repair, "install");
  assert.equal(
    lineOf(fault),
    "Docker engine, Docker Compose and Docker buildx are missing: INSTALL_ENGINE=1 make engine " +
      "installs them from the packages of Debian GNU/Linux 12 (bookworm)",
  );
});

test("a client without an engine on the same host counts as a missing engine", () => {
  const state = { ...good, engine: undefined, daemon: undefined, refusal: NO_DAEMON };
  assert.match(lineOf(engineFault(state, host)), /^Docker engine is missing: /);
});

test("a daemon that is installed but does not run is reported as stopped", () => {
  const state = { ...good, engine: undefined, refusal: NO_DAEMON };
  const fault = engineFault(state, host);
  assert.equal(fault?.repair, "start");
  assert.match(lineOf(fault), /does not respond .*: start it \(sudo systemctl start docker\)$/);
});

test("an engine on another machine is neither installed nor started", () => {
  const refusal = "Cannot connect to the Docker daemon at tcp://10.0.0.9:2376.";
  const state = { ...good, engine: undefined, refusal };
  const fault = engineFault(state, host);
  assert.equal(fault?.repair, undefined);
  assert.match(lineOf(fault), /DOCKER_HOST/);
});

test("a Compose that is too old is reported with both versions and the reason", () => {
  const fault = engineFault({ ...good, compose: "1.29.2" }, host);
  assert.match(
    lineOf(fault),
    /^Docker Compose 1\.29\.2 is too old, 2\.24 or newer is needed \(env_file in its long form\): /,
  );
});

test("a user whom the daemon does not allow reads how to get access", () => {
  const refusal = "permission denied while trying to connect to the Docker daemon socket";
  const state = { ...good, engine: undefined, refusal };
  const fault = engineFault(state, { ...host, root: false });
  assert.match(lineOf(fault), /sudo usermod -aG docker operator/);
});

test("on other systems, or without root, nothing is repaired; the line says what to do", () => {
  const mac: Host = { ...host, platform: "darwin", distribution: undefined, root: false };
  const fedora: Host = { ...host, distribution: readDistribution('ID=fedora\nVERSION_ID="42"\n') };
  for (const [other, wanted] of [
    [mac, /install Docker Desktop or OrbStack/],
    [fedora, /docs\.docker\.com\/engine\/install/],
    [{ ...host, root: false }, /: sudo make engine installs them/],
  ] as const) {
    const fault = engineFault(nothing, other);
    assert.equal(fault?.repair, undefined);
    assert.match(lineOf(fault), wanted);
    assert.doesNotMatch(lineOf(fault), /\n/);
  }
});

test("without a terminal the repair needs no consent; on a terminal the user is asked", () => {
  const fault = engineFault(nothing, host);
  assert.ok(fault !== undefined);
  assert.equal(decide(fault, host), true);
  assert.equal(decide(fault, { ...host, terminal: true }), "ask");
  assert.equal(decide(fault, { ...host, terminal: true, consent: true }), true);
  assert.equal(decide(fault, { ...host, consent: false }), false);
});

test("an engine that may have running containers is replaced only with consent", () => {
  const fault = engineFault({ ...good, engine: "20.10.24" }, host);
  assert.ok(fault !== undefined);
  assert.equal(decide(fault, host), false);
  assert.equal(decide(fault, { ...host, consent: true }), true);
});
