import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { until } from "../stack/deadline.ts";
import { logOf } from "../stack/docker.ts";
import { responds } from "./responds.ts";
import { type Running, TestNetwork } from "./test-network.ts";

/**
 * What the edge does not do as h2spec has it, by section and sentence, and who decides so. None of it
 * lets a client hold or reach more than it may.
 */
const DEVIATIONS: Readonly<Record<string, string>> = {
  "5.1 closed: Sends a DATA frame after sending RST_STREAM frame":
    "nghttp2 ignores frames of streams that are closed: they may have crossed its own RST_STREAM",
  "5.1 closed: Sends a HEADERS frame after sending RST_STREAM frame": "nghttp2, the same",
  "5.1 closed: Sends a DATA frame": "nghttp2, the same",
  "5.1 closed: Sends a HEADERS frame": "nghttp2, the same",
  "5.1.1 Sends stream identifier that is numerically smaller than previous":
    "nghttp2 takes a smaller identifier for a stream that is closed, and ignores it",
  "5.3.1 Sends PRIORITY frame that depend on itself":
    "nghttp2 reads no PRIORITY: RFC 9113, section 5.3.2 deprecates it",
  "6.3 Sends a PRIORITY frame with 0x0 stream identifier": "nghttp2, the same",
  "6.7 Sends a PING frame with ACK":
    "Node ends a session that acknowledges a PING which was never sent",
  "6.9.1 Sends multiple WINDOW_UPDATE frames increasing the flow control window to above 2^31-1 on a stream":
    "Node ends the session, which RFC 9113, section 6.9.1 allows, where h2spec waits for RST_STREAM",
};

const NGINX = `daemon off;
pid /tmp/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path /tmp/body; proxy_temp_path /tmp/proxy; fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi; scgi_temp_path /tmp/scgi;
  server {
    listen 8443 ssl;
    http2 on;
    ssl_certificate /folder/nginx.crt;
    ssl_certificate_key /folder/nginx.key;
    location / { return 200 "a response of nginx\\n"; }
  }
}
`;

interface Report {
  readonly sentences: number;
  readonly failed: readonly string[];
}

/** Runs h2spec against a host of the network. */
async function judge(network: TestNetwork, host: string): Promise<Report> {
  const options = ["-h", host, "-p", "8443", "-t", "-k", "-o", "1"];
  // Its exit code says that a sentence failed; which one stands in the report.
  const report = `/folder/${host}.xml`;
  await network
    .runTool(["h2spec", ...options, "-j", report])
    .catch((error: { code?: unknown }) => assert.equal(error.code, 1, String(error)));
  const xml = readFileSync(join(network.folder, `${host}.xml`), "latin1");
  const cases = [
    ...xml.matchAll(
      /<testcase package="(\S+)" classname="([^"]*)"[^>]*>([^<]*<(?:error|failure)>)?/g,
    ),
  ];
  const failed = cases.flatMap(([, section = "", sentence = "", failure]) =>
    failure === undefined ? [] : [`${section.replace(/^http2\//, "")} ${sentence}`],
  );
  return { sentences: cases.length, failed };
}

async function serves(server: Running): Promise<void> {
  await until("it serves", () => responds(`https://${server.address}:8443`), {
    within: 60_000,
    evidence: () => logOf(server.container, 20),
  });
}

test("h2spec finds nothing but the named deviations, and no more than at nginx", async (t) => {
  await using network = await TestNetwork.claim();
  await network.startEcho();
  await serves(await network.startEdge("edge", { WEB_CONNECT_TIMEOUT: "1000" }));
  const edge = await judge(network, "edge");
  assert.ok(edge.sentences > 140, `h2spec ran ${edge.sentences} sentences`);
  assert.deepEqual(
    edge.failed.filter((sentence) => DEVIATIONS[sentence] === undefined),
    [],
  );

  await network.certify("nginx");
  writeFileSync(join(network.folder, "nginx.conf"), NGINX);
  const peer = await network.start({
    image: "tools",
    name: "nginx",
    command: ["nginx", "-c", "/folder/nginx.conf"],
    mounts: { "/folder": network.folder },
  });
  await serves(peer);
  const nginx = await judge(network, "nginx");
  for (const [who, { sentences, failed }] of Object.entries({ edge, nginx })) {
    t.diagnostic(`${who}: ${sentences - failed.length} of ${sentences}`);
  }
  assert.equal(nginx.sentences, edge.sentences);
  assert.ok(edge.failed.length <= nginx.failed.length);
});
