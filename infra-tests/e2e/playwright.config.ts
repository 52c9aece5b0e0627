import { defineConfig, devices } from "@playwright/test";

const chromium = process.env.GATEHOUSE_CHROMIUM;

/** Runs in the container that run.ts starts, on the stack's own network. */
export default defineConfig({
  // "." are the stories of the edge; an application has its own.
  testDir: process.env.STORIES ?? ".",
  testMatch: "*.spec.ts",
  globalSetup: "./trust.ts",
  outputDir: "/reports/results",
  reporter: [["list"], ["html", { outputFolder: "/reports/html", open: "never" }]],
  forbidOnly: true,
  // Generous: nothing here measures, and two processors may have much else to do.
  timeout: 180_000,
  expect: { timeout: 60_000 },
  fullyParallel: true,
  workers: 2,
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
    screenshot: "only-on-failure",
  },
  projects: [
    { name: "desktop", use: { ...devices["Desktop Chrome"], channel: undefined } },
    { name: "phone", use: { ...devices["Pixel 7"], channel: undefined } },
  ],
});
