import assert from "node:assert/strict";
import { test } from "node:test";
import { readH2load, readWrk } from "./clients/read.ts";

const WRK = `Running 2s test @ http://172.20.0.2:8080/plain
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    11.20ms    4.01ms  60.35ms   88.00%
    Req/Sec     2.99k   352.00     3.50k    75.00%
  5961 requests in 2.00s, 1.60MB read
Requests/sec:   2980.21
Transfer/sec:    819.21KB
`;

const H2LOAD = `starting benchmark...
spawning thread #0: 32 total client(s). Timing-based test with 0s of warm-up time and 2s of main duration for measurements.
Warm-up started for thread #0.
progress: 10% of clients started
TLS Protocol: TLSv1.3
Application protocol: h2

finished in 2.00s, 2610.50 req/s, 310.20KB/s
requests: 5221 total, 5253 started, 5221 done, 5221 succeeded, 0 failed, 0 errored, 0 timeout
status codes: 5221 2xx, 0 3xx, 0 4xx, 0 5xx
traffic: 620.41KB (635297) total, 310.20KB (317650) headers (space savings 60.00%), 66.28KB (67873) data
`;

test("what wrk prints is read", () => {
  assert.deepEqual(readWrk("/plain", WRK), { requests: 5961, perSecond: 2980.21, errors: 0 });
});

test("bad statuses and failed connections of wrk are errors", () => {
  const output = `${WRK}  Socket errors: connect 1, read 2, write 3, timeout 4\n  Non-2xx or 3xx responses: 5\n`;
  assert.equal(readWrk("/plain", output).errors, 15);
});

test("what h2load prints is read", () => {
  assert.deepEqual(readH2load("/plain", H2LOAD), { requests: 5221, perSecond: 2610.5, errors: 0 });
});

test("bad statuses and failed requests of h2load are errors", () => {
  const output = H2LOAD.replace("0 failed", "7 failed").replace("0 5xx", "20 5xx");
  assert.equal(readH2load("/plain", output).errors, 27);
});

test("a server that does not speak HTTP/2 is not measured as if it did", () => {
  const output = H2LOAD.replace("protocol: h2", "protocol: http/1.1");
  assert.throws(() => readH2load("/plain", output), /is served by http\/1\.1, not by HTTP\/2/);
});

test("an output without a successful request is no result", () => {
  const refused = WRK.replace("5961 requests", "0 requests");
  assert.throws(() => readWrk("/plain", refused), /no request to \/plain succeeded/);
  const rejected = `${WRK}  Non-2xx or 3xx responses: 5961\n`;
  assert.throws(() => readWrk("/plain", rejected), /no request to \/plain succeeded/);
  assert.throws(() => readH2load("/plain", "refused"), /served by none/);
});
