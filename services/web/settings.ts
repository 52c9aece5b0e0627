import { defineSettings, type Values } from "@gatehouse/settings";
import { cacheRows } from "./cache/settings.ts";
import { fileRows } from "./files/settings.ts";
import { limitRows } from "./limits/settings.ts";
import { listenerRows } from "./listeners/settings.ts";
import { pauseRows } from "./pause/settings.ts";
import { processRows } from "./primary/settings.ts";
import { proxyRows } from "./proxy/settings.ts";
import { replicaRows } from "./replicas/settings.ts";
import { telemetryRows } from "./telemetry/settings.ts";
import { tlsRows } from "./tls/settings.ts";

/** All settings of the edge, in the order of a request; each room has its rows. */
export const webSettings = defineSettings("WEB", {
  ...listenerRows,
  ...tlsRows,
  ...limitRows,
  ...fileRows,
  ...pauseRows,
  ...cacheRows,
  ...proxyRows,
  ...replicaRows,
  ...telemetryRows,
  ...processRows,
});

export type WebSettings = Values<typeof webSettings>;
