import { expect } from "@playwright/test";
import { cardOf, pin } from "./notice.ts";
import { png } from "./picture.ts";
import { fresh, signUp, test } from "./visitor.ts";

test.use({ javaScriptEnabled: false });

test("without JavaScript all but the live parts works", { tag: "@smoke" }, async ({ page }) => {
  await signUp(page, fresh("Lynx"));
  const title = fresh("Plain");
  const path = await pin(page, { title, picture: png([7, 7, 7]) });
  await page.goto("/");
  await expect(cardOf(page, title)).toBeVisible();
  await page.getByLabel("Search notices").fill(title);
  await page.getByRole("button", { name: "Search" }).click();
  await expect(cardOf(page, title)).toBeVisible();
  await page.goto(path);
  await page.getByLabel("Your comment").fill("No script was run.");
  await page.getByRole("button", { name: "Post comment" }).click();
  await expect(page.getByText("No script was run.")).toBeVisible();
  await page.getByRole("link", { name: "Delete", exact: true }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("The notice is deleted.")).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByText("You are signed out.")).toBeVisible();
});

test("without JavaScript /chain says what a server knows, and what only a browser would", async ({
  page,
}) => {
  await page.goto("/chain");
  await expect(page.getByText("from the web server to this line")).toBeVisible();
  await expect(page.getByText("With JavaScript this becomes a bar")).toBeVisible();
  await expect(page.getByRole("button", { name: "Pause" })).toBeHidden();
});
