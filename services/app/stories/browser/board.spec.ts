import { expect } from "@playwright/test";
import { cardOf, pin } from "./notice.ts";
import { fresh, test } from "./visitor.ts";

test("a word of a notice finds it, another word does not", { tag: "@smoke" }, async ({
  ada,
  page,
}) => {
  const word = fresh("marmalade").replace(" ", "");
  const title = fresh("Breakfast");
  await pin(ada.page, { title, body: `Three jars of ${word}.` });
  await page.goto("/");
  await page.getByLabel("Search notices").fill(word);
  await page.getByRole("button", { name: "Search" }).click();
  await expect(cardOf(page, title)).toBeVisible();
  await page.getByLabel("Search notices").fill(`${word}x`);
  await page.getByRole("button", { name: "Search" }).click();
  await expect(page.getByText("No notices match your search.")).toBeVisible();
  await page.getByRole("link", { name: "Show all notices" }).click();
  await expect(page.getByRole("heading", { name: "Newest notices" })).toBeVisible();
});

test("older notices are a page away, and back", async ({ page }) => {
  await page.goto("/");
  const titles = () => page.getByRole("heading", { level: 3 }).allTextContents();
  const newest = await titles();
  await page.getByRole("link", { name: "Older notices" }).click();
  await expect(page.getByRole("heading", { name: "Older notices" })).toBeVisible();
  const older = await titles();
  expect(older.length).toBeGreaterThan(0);
  expect(older.filter((title) => newest.includes(title))).toEqual([]);
  await page.getByRole("link", { name: "Newer notices" }).click();
  await expect(page.getByRole("link", { name: "Older notices" })).toBeVisible();
});

test("a page that is not there says so, with the request's number", async ({ page }) => {
  const answer = await page.goto("/no-such-page");
  expect(answer?.status()).toBe(404);
  const id = (await answer?.headerValue("x-request-id")) ?? "none";
  await expect(page.getByRole("main")).toContainText(id);
  await page.getByRole("link", { name: "To the notice board" }).click();
  await expect(page.getByRole("heading", { name: "Notice board" })).toBeVisible();
});
