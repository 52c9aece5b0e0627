import { expect } from "@playwright/test";
import { pin } from "./notice.ts";
import { fresh, test } from "./visitor.ts";

test("a comment is written, edited and deleted by its author", async ({ ada, ben }) => {
  const path = await pin(ada.page, { title: fresh("Question") });
  const { page } = ben;
  const text = fresh("An answer");
  await page.goto(path);
  await page.getByLabel("Your comment").fill(text);
  await page.getByRole("button", { name: "Post comment" }).click();
  await expect(page.getByText("Your comment is posted.")).toBeVisible();
  const comment = page.getByRole("listitem").filter({ hasText: text });
  await expect(comment).toContainText(ben.name);

  await comment.getByRole("link", { name: /^Edit/ }).click();
  await page.getByLabel("Your comment").fill(`${text}, revised`);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText(`${text}, revised`)).toBeVisible();

  await ada.page.goto(path);
  await expect(ada.page.getByText(`${text}, revised`)).toBeVisible();
  await expect(ada.page.getByRole("link", { name: /^Edit your comment/ })).toHaveCount(0);

  await comment.getByRole("link", { name: /^Delete/ }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("The comment is deleted.")).toBeVisible();
  await expect(page.getByText(text)).toHaveCount(0);
});

test("a guest is asked to sign in before commenting", async ({ ada, page }) => {
  const path = await pin(ada.page, { title: fresh("Question") });
  await page.goto(path);
  await page.getByRole("main").getByRole("link", { name: "Sign in" }).click();
  await expect(page).toHaveURL(/\/sign-in\?next=/);
});
