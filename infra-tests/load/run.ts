import { secretFile } from "../stack/clone.ts";
import { imageOf } from "../stack/images.ts";
import type { Stack } from "../stack/stack.ts";
import { runTool } from "../stack/tool.ts";

/** Runs the load smoke against a running stack, reports in `reports/load`; the exit code. */
export async function load(stack: Stack): Promise<number> {
  return await runTool(stack, {
    image: imageOf("K6_IMAGE"),
    command: ["run", "--quiet", "--new-machine-readable-summary", "/load/smoke.ts"],
    environment: {
      SSL_CERT_FILE: "/run/ca.crt",
      K6_NO_USAGE_REPORT: "true",
      K6_AUTO_EXTENSION_RESOLUTION: "false",
      K6_SUMMARY_EXPORT: "/reports/smoke.json",
      K6_WEB_DASHBOARD: "true",
      K6_WEB_DASHBOARD_EXPORT: "/reports/smoke.html",
      K6_WEB_DASHBOARD_PERIOD: "1s",
      // Without a port there is no server that would wait for open browser windows.
      K6_WEB_DASHBOARD_PORT: "-1",
    },
    mounts: { "/load": import.meta.dirname, "/run/ca.crt": secretFile("ca.crt") },
    reports: "load",
  });
}
