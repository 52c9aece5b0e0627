import { expect } from "@playwright/test";
import { flaws, test } from "./browser.ts";
import { strangeServer } from "./other-authority.ts";

/** The page and the style sheet that run.ts has placed among the files of the web server. */
const { OWN_PAGE = "" } = process.env;

test("a page and its style sheet are files of the web server", { tag: "@smoke" }, async ({
  page,
}) => {
  const sheet = page.waitForResponse((response) => response.url().endsWith(".css"));
  await page.goto(OWN_PAGE);
  expect(await (await sheet).headerValue("server-timing")).toMatch(/^web;dur=[\d.]+$/);
  await expect(page.getByText("styled")).toHaveCSS("color", "rgb(0, 0, 128)");
});

/** A file that is not there: the page of an error is the web server's own. */
const MISSING = "/assets/nothing.0000.css";

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe-core finds nothing serious on an error page of the edge, ${colorScheme}`, {
    tag: "@smoke",
  }, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    expect((await page.goto(MISSING))?.status()).toBe(404);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    expect(await flaws(page)).toEqual([]);
  });
}

test("an error page of the edge does not scroll sideways in a window of 320 pixels", async ({
  page,
}) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto(MISSING);
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(320);
});

test("the browser trusts the certificate of the clone's authority, over HTTP/2", {
  tag: "@smoke",
}, async ({ page }) => {
  const received = await page.goto("/");
  const details = await received?.securityDetails();
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
