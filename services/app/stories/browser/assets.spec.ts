import { expect } from "@playwright/test";
import { test } from "./visitor.ts";

test("the page is styled by a file of the web server", async ({ page }) => {
  const sheet = page.waitForResponse((response) => response.url().endsWith(".css"));
  await page.goto("/");
  expect(await (await sheet).headerValue("server-timing")).toMatch(/^web;dur=[\d.]+$/);
  const rules = await page.evaluate("document.styleSheets[0].cssRules.length");
  expect(rules).toBeGreaterThan(0);
});

test("the first page comes in less than 30 KB, styles and scripts included", async ({ page }) => {
  const client = await page.context().newCDPSession(page);
  await client.send("Network.enable");
  const kinds = new Map<string, string>();
  let bytes = 0;
  client.on("Network.responseReceived", ({ requestId, type }) => kinds.set(requestId, type));
  client.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    // Pictures are what people have posted; the rest is the site's own.
    if (kinds.get(requestId) !== "Image") bytes += encodedDataLength;
  });
  await page.goto("/about");
  await page.waitForFunction("document.readyState === 'complete'");
  await page.goto("/");
  await expect(page.getByText("Live:")).toBeVisible();
  expect(bytes).toBeGreaterThan(1000);
  expect(bytes).toBeLessThan(30 * 1024);
});
