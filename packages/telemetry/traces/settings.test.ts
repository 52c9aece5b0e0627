import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { defineSettings, readSettings } from "@gatehouse/settings";
import { readHeaders, traceRows } from "./settings.ts";
import { startTraces } from "./traces.ts";

const folder = mkdtempSync(join(tmpdir(), "traces-"));
after(() => rmSync(folder, { recursive: true }));

const table = defineSettings("WEB", traceRows);
const read = (environment: Record<string, string>) => readSettings(table, environment, []).values;

function fileWith(text: string): string {
  const file = join(folder, `${crypto.randomUUID()}.txt`);
  writeFileSync(file, text);
  return file;
}

test("OpenTelemetry's own variables are read; without them no traces are sent", async () => {
  const settings = read({
    OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector.example/otlp",
    OTEL_SERVICE_NAME: "shop",
    OTEL_TRACES_SAMPLER_ARG: "0.25",
  });
  assert.deepEqual(settings, {
    otlpEndpoint: "https://collector.example/otlp",
    otlpHeadersFile: "",
    otelServiceName: "shop",
    tracesRatio: 0.25,
  });
  const logger = { info: assert.fail, warn: assert.fail, error: assert.fail };
  assert.equal(await startTraces(read({}), logger), undefined);
});

test("an address with a password, a query or another scheme is refused, and a ratio above 1", () => {
  for (const [name, word] of [
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "grpc://collector:4317"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "http://user:password@collector:4318"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318?key=1"],
    ["OTEL_TRACES_SAMPLER_ARG", "1.5"],
    ["OTEL_TRACES_SAMPLER_ARG", "-0"],
    ["OTEL_TRACES_SAMPLER_ARG", "half"],
  ] as const) {
    assert.throws(() => read({ [name]: word }), { name: "SettingError" }, word);
  }
});

test("the site's name is its application's; the servers in front of it are named after it", async () => {
  const settings = { otlpEndpoint: "http://127.0.0.1:4318", otlpHeadersFile: "", tracesRatio: 1 };
  const logger = { info: assert.fail, warn: assert.fail, error: assert.fail };
  const names = async (otelServiceName: string) => {
    const traces = await startTraces({ ...settings, otelServiceName }, logger);
    return (["web", "gateway", "app"] as const).map((tier) => traces?.tracer(tier).service);
  };
  assert.deepEqual(await names("shop"), ["shop-web", "shop-gateway", "shop"]);
  assert.deepEqual(await names(""), ["web", "gateway", "app"]);
});

test("header fields are read from a file, decoded, with commas or lines between", () => {
  const file = fileWith("x-api-key=01%2C23, authorization=Bearer%20abc=\n\nx-tenant = a \n");
  assert.deepEqual(readHeaders(file), {
    "x-api-key": "01,23",
    authorization: "Bearer abc=",
    "x-tenant": "a",
  });
  assert.deepEqual(readHeaders(fileWith("")), {});
  assert.deepEqual(readHeaders(""), {});
});

test("a file that cannot be read, or is not name=value, sends no traces: one line says so without its text", async () => {
  for (const file of [join(folder, "none"), fileWith("x-ok=1,a secret of ours")]) {
    const lines: string[] = [];
    const error = (message: string, fields: unknown) =>
      void lines.push(`${message} ${JSON.stringify(fields)}`);
    const logger = { info: assert.fail, warn: assert.fail, error };
    const settings = { otlpEndpoint: "http://127.0.0.1:4318", otelServiceName: "", tracesRatio: 1 };
    assert.equal(await startTraces({ ...settings, otlpHeadersFile: file }, logger), undefined);
    assert.match(lines.join(), /^no traces are sent .*(ENOENT|pair 2 is not name=value)/);
    assert.doesNotMatch(lines.join(), /secret/);
  }
});
