import { defineSettings, integer, text } from "@gatehouse/settings";

/** The official images. A stand-in is used where no registry offers one. */
export const OFFICIAL_IMAGES = {
  prometheus: "prom/prometheus:v2.53.3",
  alertmanager: "prom/alertmanager:v0.28.1",
} as const;

const image = (variable: string, why: string) =>
  text({
    variable,
    default: "",
    why,
    allowed: "an image reference like prom/prometheus:v2.53.3",
    matches: /^[a-z0-9][a-z0-9._/-]*(:\d+\/[a-z0-9._/-]+)?(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/,
  });

/** What compose.observe.yaml reads, from the command line or .env. Both ports are of loopback. */
export const observeSettings = defineSettings("OBSERVE", {
  prometheusPort: integer({
    default: 9090,
    min: 1,
    max: 65535,
    why: "The port of Prometheus and its page on 127.0.0.1.",
  }),
  alertmanagerPort: integer({
    default: 9093,
    min: 1,
    max: 65535,
    why: "The port of Alertmanager on 127.0.0.1.",
  }),
  diskSize: text({
    default: "1GB",
    why: "How much the samples may take on the disk; 15 days are kept at most.",
    allowed: "a size like 512MB or 4GB",
    matches: /^[1-9]\d*(MB|GB|TB)$/,
  }),
  prometheusImage: image("PROMETHEUS_IMAGE", "Prometheus; empty is the official image, pinned."),
  alertmanagerImage: image(
    "ALERTMANAGER_IMAGE",
    "Alertmanager; empty is the official one, pinned.",
  ),
});
