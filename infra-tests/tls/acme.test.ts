import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { connect } from "node:tls";
import { until } from "../stack/deadline.ts";
import { docker } from "../stack/docker.ts";
import { logOf } from "../stack/logs.ts";
import { testLabel } from "../stack/project-name.ts";
import { useStack } from "../stack/shared-stack.ts";
import { judges } from "./judges.ts";
import { type Pebble, startPebble } from "./pebble.ts";

const DOMAIN = "shop.example";

const stack = await useStack();
const image = await judges(stack);

/** An edge with the settings of the stack's own, which orders its certificate from pebble. */
async function startEdge(t: TestContext, pebble: Pebble) {
  const { Config, HostConfig } = await (await stack.container("web")).inspect();
  const network = await stack.network("front");
  const container = await docker.createContainer({
    Image: Config.Image,
    User: Config.User,
    Env: [
      ...Config.Env,
      "WEB_NAMESPACE_FILE=",
      "WEB_HTTPS=redirect",
      `WEB_ACME_DOMAINS=${DOMAIN}`,
      `WEB_ACME_DIRECTORY=${pebble.directory}`,
      "WEB_ACME_CA=/run/pebble.pem",
      "WEB_ACME_FOLDER=/var/lib/gatehouse/acme",
    ],
    Labels: { [testLabel]: stack.project },
    HostConfig: {
      ...HostConfig,
      NetworkMode: network,
      RestartPolicy: { Name: "no" },
      Binds: [...(HostConfig.Binds ?? []), `${pebble.authority}:/run/pebble.pem:ro`],
      Tmpfs: { ...HostConfig.Tmpfs, "/var/lib/gatehouse/acme": "uid=1000,gid=1000,mode=0700" },
    },
    NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [DOMAIN] } } },
  });
  t.after(() => container.remove({ force: true }));
  await container.start();
  const { NetworkSettings } = await container.inspect();
  const [joined] = Object.values(NetworkSettings.Networks);
  return { container, address: joined?.IPAddress ?? "" };
}

test("a certificate is ordered, served and renewed, and outlives an ACME server that fails", async (t) => {
  await using pebble = await startPebble(stack, image);
  const { container, address } = await startEdge(t, pebble);
  const evidence = async () =>
    `${await logOf(container, 20)}\n${await logOf(pebble.container, 20)}`;
  const served = async () => {
    const socket = connect({
      host: address,
      port: 8443,
      servername: DOMAIN,
      rejectUnauthorized: false,
    });
    await once(socket, "secureConnect");
    const { issuer, serialNumber, subjectaltname } = socket.getPeerCertificate();
    socket.destroy();
    return { issuer: issuer.CN, serialNumber, subjectaltname };
  };
  // It serves with the local certificate until the first order is done.
  await until("the edge serves", served, { within: 30_000, evidence });
  const isIssued = (name: string | string[] | undefined) => /pebble/i.test(String(name));
  const first = await until(
    "the issued certificate is served",
    async () => {
      const now = await served();
      return isIssued(now.issuer) && now;
    },
    { within: 60_000, evidence },
  );
  assert.equal(first.subjectaltname, `DNS:${DOMAIN}`);
  const second = await until(
    "the certificate is renewed",
    async () => {
      const now = await served();
      return now.serialNumber !== first.serialNumber && now;
    },
    { within: 90_000, every: 500, evidence },
  );
  assert.ok(isIssued(second.issuer));
  await pebble.container.stop({ t: 0 });
  await until(
    "the failure is told",
    async () => (await logOf(container)).includes("no certificate by ACME: the old one"),
    { within: 90_000, every: 500, evidence },
  );
  assert.equal((await served()).serialNumber, second.serialNumber);
});
