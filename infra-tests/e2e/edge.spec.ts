import { expect } from "@playwright/test";
import { strangeServer } from "./other-authority.ts";
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

test("the browser trusts the certificate of the clone's authority, over HTTP/2", {
  tag: "@smoke",
}, async ({ page }) => {
  const answer = await page.goto("/");
  const details = await answer?.securityDetails();
  expect(details?.protocol).toMatch(/^TLS 1\.[23]$/);
  expect(details?.issuer).toContain("Gatehouse");
  const protocol = await page.evaluate(
    "performance.getEntriesByType('navigation')[0].nextHopProtocol",
  );
  expect(protocol).toBe("h2");
});

test("the browser refuses a certificate that another authority signed", { tag: "@smoke" }, async ({
  page,
}) => {
  const { server, origin } = await strangeServer();
  try {
    await expect(page.goto(origin)).rejects.toThrow("ERR_CERT_AUTHORITY_INVALID");
  } finally {
    server.close();
  }
});
