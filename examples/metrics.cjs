/** Express, with the exporter of OpenTelemetry for Prometheus on a port of its own. */
const { PrometheusExporter } = require("@opentelemetry/exporter-prometheus");
const { MeterProvider } = require("@opentelemetry/sdk-metrics");
const express = require("express");

const reader = new PrometheusExporter({ port: Number(process.env.METRICS_PORT ?? 9464) });
const meter = new MeterProvider({ readers: [reader] }).getMeter("site");
const visits = meter.createCounter("visits");

const app = express();

app.get("/", (_request, response) => {
  visits.add(1);
  response.send("the site");
});

// The server on PORT is the site. Workers share the other port: each scrape reaches one of them.
app.listen(Number(process.env.PORT ?? 3000));
