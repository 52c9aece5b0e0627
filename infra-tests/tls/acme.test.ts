import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { connect } from "node:tls";
import { until } from "../stack/deadline.ts";
import { logOf } from "../stack/docker.ts";
import { type Running, TestNetwork } from "./test-network.ts";

const DOMAIN = "shop.example";
/** Seconds that a certificate is good for: the renewal is due when a third is left. */
const VALIDITY = 60;

/** A real ACME server: pebble of Let's Encrypt. It fetches challenges from port 8080. */
async function startPebble(network: TestNetwork): Promise<Running> {
  await network.certify("pebble");
  const configuration = {
    listenAddress: "0.0.0.0:14000",
    managementListenAddress: "0.0.0.0:15000",
    certificate: "/folder/pebble.crt",
    privateKey: "/folder/pebble.key",
    httpPort: 8080,
    tlsPort: 8443,
    certificateValidityPeriod: VALIDITY,
    profiles: { default: { description: "short", validityPeriod: VALIDITY } },
  };
  writeFileSync(join(network.folder, "pebble.json"), JSON.stringify({ pebble: configuration }));
  return await network.start({
    image: "tools",
    name: "pebble",
    command: ["pebble", "-config", "/folder/pebble.json"],
    environment: { PEBBLE_VA_NOSLEEP: "1", PEBBLE_AUTHZREUSE: "0" },
    mounts: { "/folder": network.folder },
  });
}

async function certificateAt(host: string) {
  const socket = connect({ host, port: 8443, servername: DOMAIN, rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { issuer, serialNumber, subjectaltname } = socket.getPeerCertificate();
  socket.destroy();
  return { issuer: String(issuer.CN), serialNumber, subjectaltname };
}

test("a certificate is ordered, served and renewed, and stays while the ACME server fails", async () => {
  await using network = await TestNetwork.claim();
  mkdirSync(join(network.folder, "acme"));
  await network.startEcho();
  const edge = await network.startEdge(DOMAIN, {
    // The challenge must be served before the redirect.
    WEB_HTTPS: "redirect",
    WEB_WORKERS: "2",
    WEB_ACME_DOMAINS: DOMAIN,
    WEB_ACME_DIRECTORY: "https://pebble:14000/dir",
    WEB_ACME_CA: "/folder/pebble.crt",
    WEB_ACME_FOLDER: "/folder/acme",
  });
  const evidence = () => logOf(edge.container, 20);
  const atFirst = await until("the edge serves", () => certificateAt(edge.address), {
    within: 60_000,
    evidence,
  });
  assert.equal(atFirst.issuer, DOMAIN, "the local certificate stands in");
  // The first attempt has failed: there was no ACME server. The next one follows after a minute.
  const pebble = await startPebble(network);
  const first = await until(
    "the issued certificate is served",
    async () => {
      const now = await certificateAt(edge.address);
      return now.issuer.startsWith("Pebble") && now;
    },
    { within: 120_000, evidence },
  );
  assert.equal(first.subjectaltname, `DNS:${DOMAIN}`);
  const second = await until(
    "the certificate is renewed",
    async () => {
      const now = await certificateAt(edge.address);
      return now.serialNumber !== first.serialNumber && now;
    },
    { within: 120_000, every: 500, evidence },
  );
  assert.match(second.issuer, /^Pebble/);
  const failures = async () =>
    (await logOf(edge.container)).split("no certificate by ACME: the old one keeps serving").length;
  const before = await failures();
  await pebble.container.stop({ t: 0 });
  await until("the failure is logged", async () => (await failures()) > before, {
    within: 120_000,
    every: 500,
    evidence,
  });
  assert.equal((await certificateAt(edge.address)).serialNumber, second.serialNumber);
});
