import assert from "node:assert/strict";
import { test } from "node:test";
import type { Environment } from "../environment.ts";
import { type Facts, sshPorts } from "./facts.ts";
import { firewallStep } from "./firewall.ts";
import { rulesOf, sitesIn } from "./rules.ts";

const facts = (more: Partial<Facts>): Facts =>
  ({ ufw: false, systemd: true, sshPorts: [22], sites: new Map(), ...more }) as Facts;

const site = (folder: string, http: string, https: string, port = 22): Environment =>
  ({
    server: { folder, port },
    stack: { PUBLISH_HTTP_PORT: http, PUBLISH_HTTPS_PORT: https },
  }) as unknown as Environment;

/** The ports in the name of the step, as make server says them. */
const ports = (environment: Environment, more: Partial<Facts> = {}): string | undefined =>
  /ports ([\d, ]+)/.exec(firewallStep(environment, facts(more)).name)?.[1]?.trim();

test("behind a forwarded port the one stays open that sshd has, and not the operator's", () => {
  assert.equal(ports(site("/srv/shop", "80", "443", 2222), { sshPorts: [22] }), "22, 80, 443");
  const ufw = firewallStep(site("/srv/shop", "80", "443", 2222), facts({ ufw: true }));
  assert.match(ufw.make, /ufw allow 22\/tcp comment/);
  assert.doesNotMatch(ufw.make, /2222/);
});

test("sshd's ports are those of its settings, and the one of this connection", () => {
  assert.deepEqual(sshPorts("port 22\nport 2022\npasswordauthentication no", 22), [22, 2022]);
  assert.deepEqual(sshPorts("port 22", 2200), [2200, 22]);
  assert.deepEqual(sshPorts("", undefined), []);
  assert.equal(ports(site("/srv/shop", "80", "443", 2222), { sshPorts: [] }), "80, 443, 2222");
});

test("a second site keeps the ports of the first, and its own former ones are closed", () => {
  const rules = rulesOf({
    ssh: [22],
    sites: new Map([
      ["/srv/shop", [80, 443]],
      ["/srv/blog-2", [8080, 8443]],
    ]),
  });
  assert.deepEqual(
    [...sitesIn(rules)],
    [
      ["/srv/blog-2", [8080, 8443]],
      ["/srv/shop", [80, 443]],
    ],
  );
  const moved = ports(site("/srv/blog-2", "9080", "9443"), { sites: sitesIn(rules) });
  assert.equal(moved, "22, 80, 443, 9080, 9443");
  assert.deepEqual([...sitesIn("")], []);
});
