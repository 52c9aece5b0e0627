import { expect } from "@playwright/test";
import { cardOf, pin } from "./notice.ts";
import { fresh, test } from "./visitor.ts";

test("a hidden notice is seen by its author and the moderator alone, until it is shown again", async ({
  ada,
  ben,
  moderator,
}) => {
  const title = fresh("Doubtful");
  const path = await pin(ada.page, { title });
  await moderator.page.goto(path);
  await moderator.page.getByRole("button", { name: "Hide", exact: true }).click();
  await expect(moderator.page.getByText("The notice is hidden")).toBeVisible();

  expect((await ben.page.goto(path))?.status()).toBe(404);
  await ben.page.goto("/");
  await expect(cardOf(ben.page, title)).toHaveCount(0);
  await ada.page.goto(path);
  await expect(ada.page.getByText("A moderator has hidden this notice")).toBeVisible();

  await moderator.page.getByRole("button", { name: "Show again" }).click();
  await expect(moderator.page.getByText("The notice is on the board again.")).toBeVisible();
  expect((await ben.page.goto(path))?.status()).toBe(200);
});

test("a hidden comment is gone for others", async ({ ada, ben, moderator }) => {
  const path = await pin(ada.page, { title: fresh("Question") });
  const text = fresh("Rude words");
  await ben.page.goto(path);
  await ben.page.getByLabel("Your comment").fill(text);
  await ben.page.getByRole("button", { name: "Post comment" }).click();
  await expect(ben.page.getByText(text)).toBeVisible();
  await moderator.page.goto(path);
  const comment = moderator.page.getByRole("listitem").filter({ hasText: text });
  await comment.getByRole("button", { name: /^Hide/ }).click();
  await expect(moderator.page.getByText("The comment is hidden.")).toBeVisible();
  await ada.page.goto(path);
  await expect(ada.page.getByText(text)).toHaveCount(0);
});

test("who is no moderator cannot hide anything", async ({ ada, ben }) => {
  const path = await pin(ada.page, { title: fresh("Fine") });
  await ben.page.goto(path);
  await expect(ben.page.getByRole("button", { name: /^Hide/ })).toHaveCount(0);
  const csrf = await ben.page.locator("[name=csrf]").first().inputValue();
  const answer = await ben.page.request.post(`${path}/hide`, {
    form: { csrf, hidden: "yes" },
    headers: { origin: new URL(ben.page.url()).origin },
    maxRedirects: 0,
  });
  expect(answer.status()).toBe(403);
  expect((await ben.page.goto(path))?.status()).toBe(200);
});
