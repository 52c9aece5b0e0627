import { expect } from "@playwright/test";
import { test } from "./visitor.ts";

test("/chain shows the three servers, a bar of their times, and who answers the next requests", {
  tag: "@smoke",
}, async ({ page }) => {
  await page.goto("/chain");
  for (const role of ["Web server", "Gateway", "Application"]) {
    await expect(page.getByRole("heading", { name: role, exact: true })).toBeVisible();
  }
  const bar = page.locator("[data-time] .bar");
  await expect(bar).toHaveAccessibleName(/web server [\d.]+ ms, .*application [\d.]+ ms/);
  const hops = page.locator("[data-hops] > li");
  await expect(hops.nth(2)).toBeVisible();
  await expect(page.getByRole("list", { name: "Responses by worker" })).toContainText("replica");
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.getByText(/^Paused after \d+ requests/)).toBeAttached();
});

test("the page names the request as the answer's header does", async ({ page }) => {
  const answer = await page.goto("/chain");
  const id = (await answer?.headerValue("x-request-id")) ?? "none";
  await expect(page.getByRole("main")).toContainText(id);
});
