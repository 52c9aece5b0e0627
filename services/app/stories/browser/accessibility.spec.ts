import { flaws } from "@gatehouse/testing/browser";
import { expect } from "@playwright/test";
import { pin } from "./notice.ts";
import { png } from "./picture.ts";
import { fresh, test } from "./visitor.ts";

/** Milliseconds: axe-core reads every page whole, and there are a dozen of them. */
const TIMEOUT = 240_000;

for (const colorScheme of ["light", "dark"] as const) {
  test(`axe-core finds nothing serious on any page, ${colorScheme}`, async ({ ada, page }) => {
    test.setTimeout(TIMEOUT);
    await ada.page.emulateMedia({ colorScheme });
    await page.emulateMedia({ colorScheme });
    const title = fresh("Accessible");
    const path = await pin(ada.page, { title, picture: png([10, 20, 30]) });
    await ada.page.getByLabel("Your comment").fill("A comment.");
    await ada.page.getByRole("button", { name: "Post comment" }).click();
    await expect(ada.page.getByText("Your comment is posted.")).toBeVisible();
    const found = await flaws(ada.page);
    for (const address of [
      "/",
      "/?q=nothing-has-this",
      "/chain",
      "/about",
      "/sign-in",
      "/sign-up",
      "/nowhere",
    ]) {
      await page.goto(address);
      found.push(...(await flaws(page)));
    }
    for (const address of ["/", "/notices/new", path, `${path}/edit`, `${path}/delete`]) {
      await ada.page.goto(address);
      found.push(...(await flaws(ada.page)));
    }
    await ada.page.goto("/notices/new");
    await ada.page.getByRole("button", { name: "Post notice" }).click();
    await expect(ada.page.getByRole("alert")).toBeVisible();
    found.push(...(await flaws(ada.page)));
    expect(found).toEqual([]);
  });
}

test("the keyboard comes to the content at once, and sees where it is", { tag: "@smoke" }, async ({
  page,
}) => {
  await page.goto("/");
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to the content" });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
});

test("no page scrolls sideways in a window of 320 pixels", async ({ ada }) => {
  const { page } = ada;
  await page.setViewportSize({ width: 320, height: 640 });
  const path = await pin(page, { title: fresh("w".repeat(100)), body: "x".repeat(300) });
  for (const address of ["/", path, "/notices/new", "/chain", "/about", "/sign-in"]) {
    await page.goto(address);
    expect(await page.evaluate("document.documentElement.scrollWidth"), address).toBe(320);
  }
});
