import { defineConfig } from "@playwright/test";

const chromium = process.env.GATEHOUSE_CHROMIUM;

/** Runs in the container that run.ts starts, on the stack's own network. */
export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.ts",
  globalSetup: "./trust.ts",
  outputDir: "/reports/results",
  reporter: [["list"], ["html", { outputFolder: "/reports/html", open: "never" }]],
  forbidOnly: true,
  timeout: 30_000,
  workers: 1,
  use: {
    baseURL: "https://web:8443",
    // The whole browser: the headless shell of the official image is another program.
    ...(chromium ? {} : { channel: "chromium" }),
    launchOptions: {
      ...(chromium ? { executablePath: chromium } : {}),
      // Chromium's own sandbox needs user namespaces, which the container's seccomp profile forbids.
      chromiumSandbox: false,
    },
    trace: "retain-on-failure",
    screenshot: "on",
  },
});
