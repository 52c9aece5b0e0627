import { randomUUID } from "node:crypto";
import { expect, type Page, test } from "@playwright/test";
import { strangeServer } from "./other-authority.ts";

test("a visitor signs up and pins a notice, and finds it after a reload", async ({ page }) => {
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (line) => line.type() === "error" && problems.push(line.text()));
  const title = `browser ${randomUUID()}`;
  await signUp(page);

  await page.getByRole("link", { name: "Post a notice" }).click();
  await page.getByLabel("Title").fill(title);
  await page.getByLabel("Message").fill("From a real browser.");
  await page.getByRole("button", { name: "Post notice" }).click();

  await expect(page.getByRole("heading", { name: title })).toBeVisible();
  await page.getByRole("link", { name: "All notices" }).click();
  const notice = page.getByRole("listitem").filter({ hasText: title });
  await expect(notice).toBeVisible();
  await page.reload();
  await expect(notice).toBeVisible();
  expect(problems).toEqual([]);
});

test("a notice without a message is refused, and what was written stays", async ({ page }) => {
  await signUp(page);
  await page.goto("/notices/new");
  await page.getByLabel("Title").fill("Only a title");
  await page.getByRole("button", { name: "Post notice" }).click();
  await expect(page.getByRole("link", { name: "Enter your message." })).toBeVisible();
  await expect(page.getByLabel("Title")).toHaveValue("Only a title");
});

async function signUp(page: Page): Promise<void> {
  await page.goto("/sign-up");
  await page.getByLabel("Name").fill(`Chromium ${randomUUID().slice(0, 8)}`);
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page.getByText("Welcome!")).toBeVisible();
}

test("the page is styled by a file of the web server", async ({ page }) => {
  const sheet = page.waitForResponse((response) => response.url().endsWith(".css"));
  await page.goto("/");
  expect(await (await sheet).headerValue("server-timing")).toMatch(/^web;dur=[\d.]+$/);
  const rules = await page.evaluate("document.styleSheets[0].cssRules.length");
  expect(rules).toBeGreaterThan(0);
});

test("a narrow window shows the page without scrolling sideways", async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto("/");
  const width = await page.evaluate("document.documentElement.scrollWidth");
  expect(width).toBeLessThanOrEqual(320);
});

test("the browser trusts the certificate of the clone's authority, over HTTP/2", async ({
  page,
}) => {
  const answer = await page.goto("/");
  const details = await answer?.securityDetails();
  expect(details?.protocol).toMatch(/^TLS 1\.[23]$/);
  expect(details?.issuer).toContain("Gatehouse");
  const protocol = await page.evaluate(
    "performance.getEntriesByType('navigation')[0].nextHopProtocol",
  );
  expect(protocol).toBe("h2");
});

test("the browser refuses a certificate that another authority signed", async ({ page }) => {
  const { server, origin } = await strangeServer();
  try {
    await expect(page.goto(origin)).rejects.toThrow("ERR_CERT_AUTHORITY_INVALID");
  } finally {
    server.close();
  }
});
