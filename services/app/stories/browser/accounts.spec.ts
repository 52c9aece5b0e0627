import { expect } from "@playwright/test";
import { fresh, PASSWORD, signIn, signUp, test } from "./visitor.ts";

test("somebody signs up, out and in again", { tag: "@smoke" }, async ({ page }) => {
  const name = fresh("Chromium");
  await signUp(page, name);
  await expect(page.getByText(`Signed in as ${name}`)).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByText("You are signed out.")).toBeVisible();
  await signIn(page, { name, password: PASSWORD });
  await expect(page.getByText("You are signed in.")).toBeVisible();
});

test("the session is a cookie that scripts and other sites never see, new at each sign-in", async ({
  page,
  context,
}) => {
  const session = async () => {
    const cookies = await context.cookies();
    return cookies.find(({ name }) => name === "__Host-session");
  };
  const name = fresh("Chromium");
  await signUp(page, name);
  const first = await session();
  expect(first).toMatchObject({ httpOnly: true, secure: true, sameSite: "Lax", path: "/" });
  expect(await page.evaluate("document.cookie")).not.toContain("session");
  await signIn(page, { name, password: PASSWORD });
  await expect(page.getByText("You are signed in.")).toBeVisible();
  expect((await session())?.value).not.toBe(first?.value);
});

test("a wrong password, and a name that nobody has, are answered alike", async ({ page }) => {
  const name = fresh("Chromium");
  await signUp(page, name);
  await page.getByRole("button", { name: "Sign out" }).click();
  for (const wrong of [name, fresh("Nobody")]) {
    await signIn(page, { name: wrong, password: "not the password" });
    await expect(page.getByRole("alert")).toContainText("The name or the password is wrong.");
    await expect(page.getByLabel("Name")).toHaveValue(wrong);
    await expect(page.getByLabel("Password")).toHaveValue("");
  }
});

test("a name that is taken and a password that is too short are said beside their fields", async ({
  page,
  adasSession,
}) => {
  await page.goto("/sign-up");
  await page.getByLabel("Name").fill(adasSession.name.toUpperCase());
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page.getByLabel("Name")).toHaveAccessibleDescription(/This name is already taken/);
  await page.getByLabel("Password").fill("short");
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page.getByLabel("Password")).toHaveAccessibleDescription(/at least 10 characters/);
});

test("who must sign in first is led back to where they wanted to go", async ({ page }) => {
  const name = fresh("Chromium");
  await signUp(page, name);
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.goto("/notices/new");
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Post a notice" })).toBeVisible();
});

test("a form without this session's token changes nothing", async ({ ada }) => {
  const { page } = ada;
  await page.goto("/notices/new");
  const title = fresh("Forged");
  await page.evaluate(
    "for (const field of document.querySelectorAll('[name=csrf]')) field.value = 'forged'",
  );
  await page.getByLabel("Title").fill(title);
  await page.getByLabel("Message").fill("Sent without the token.");
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.request().method() === "POST"),
    page.getByRole("button", { name: "Post notice" }).click(),
  ]);
  expect(answer.status()).toBe(403);
  await expect(page.getByLabel("Title")).toHaveValue(title);
  await page.goto(`/?q=${encodeURIComponent(title)}`);
  await expect(page.getByText("No notices match your search.")).toBeVisible();
});
