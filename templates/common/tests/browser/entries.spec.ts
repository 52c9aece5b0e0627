import { randomUUID } from "node:crypto";
import { flaws, test } from "@gatehouse/testing/browser";
import { expect } from "@playwright/test";

/** A picture of one pixel. */
const PICTURE = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

test("an entry with a picture is shown on every open page at once", async ({ page, context }) => {
  const other = await context.newPage();
  await other.goto("/");
  await page.goto("/");
  const text = `browser ${randomUUID()}`;
  await page.getByLabel("Your entry").fill(text);
  await page
    .getByLabel("A picture")
    .setInputFiles({ name: "dot.png", mimeType: "image/png", buffer: PICTURE });
  await page.getByRole("button", { name: "Add" }).click();
  for (const each of [page, other]) {
    const entry = each.getByRole("listitem").filter({ hasText: text });
    await expect(entry).toBeVisible();
    await expect(entry.locator("img")).toHaveJSProperty("naturalWidth", 1);
  }
});

test("nothing on the page keeps people out", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  expect(await flaws(page)).toEqual([]);
});
