import { expect } from "@playwright/test";
import { cardOf, pin } from "./notice.ts";
import { fresh, test } from "./visitor.ts";

test("a board that is open shows a new notice, its comments and its end by itself", {
  tag: "@smoke",
}, async ({ ada, ben, page }) => {
  await page.goto("/");
  await expect(page.getByText("Live: changes appear automatically.")).toBeVisible();
  const title = fresh("Live");
  const path = await pin(ada.page, { title });
  const card = cardOf(page, title);
  await expect(card).toBeVisible();
  await expect(card).not.toContainText("comment");

  await ben.page.goto(path);
  await ben.page.getByLabel("Your comment").fill("Seen at once.");
  await ben.page.getByRole("button", { name: "Post comment" }).click();
  await expect(card).toContainText("1 comment");

  await ada.page.goto(`${path}/delete`);
  await ada.page.getByRole("button", { name: "Delete" }).click();
  await expect(card).toHaveCount(0);
});

test("who reads a notice sees who else does, and who has left", { tag: "@smoke" }, async ({
  ada,
  ben,
  guest,
}) => {
  const path = await pin(ada.page, { title: fresh("Read") });
  const readers = ada.page.getByText(/^Reading now:/);
  await expect(readers).toContainText(ada.name);
  await ben.page.goto(path);
  await guest.goto(path);
  await expect(readers).toContainText(ben.name);
  await expect(readers).toContainText("1 guest");
  await expect(ben.page.getByText(/^Reading now:/)).toContainText(ada.name);
  await guest.goto("/about");
  await ben.page.goto("/about");
  await expect(readers).not.toContainText(ben.name);
  await expect(readers).not.toContainText("guest");
});

test("a reader is shown that the author has changed what they read", async ({ ada, ben }) => {
  const path = await pin(ada.page, { title: fresh("Changing") });
  const listening = ben.page.waitForResponse((response) => response.url().endsWith("/events"));
  await ben.page.goto(path);
  await listening;
  await ada.page.goto(`${path}/edit`);
  await ada.page.getByLabel("Message").fill("Another text.");
  await ada.page.getByRole("button", { name: "Save changes" }).click();
  await ben.page.getByRole("link", { name: "Show the current version" }).click();
  await expect(ben.page.getByText("Another text.")).toBeVisible();
});
