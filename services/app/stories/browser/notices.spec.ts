import { expect } from "@playwright/test";
import { cardOf, pin, send } from "./notice.ts";
import { png } from "./picture.ts";
import { fresh, test } from "./visitor.ts";

test("a notice with a picture is posted, found on the board, edited and deleted", {
  tag: "@smoke",
}, async ({ ada }) => {
  const { page, name } = ada;
  const title = fresh("Piano");
  const path = await pin(page, { title, picture: png([200, 80, 40]) });
  const picture = page.getByRole("img", { name: `Picture of: ${title}` });
  await expect(picture).toHaveJSProperty("naturalWidth", 64);
  await expect(page.getByText(name).first()).toBeVisible();

  await page.goto("/");
  await expect(cardOf(page, title)).toBeVisible();
  await page.reload();
  await cardOf(page, title).getByRole("link").first().click();

  await page.getByRole("link", { name: "Edit", exact: true }).click();
  await page.getByLabel("Message").fill("It is gone now.");
  await page.getByLabel("Remove the picture").check();
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByText("Your changes are saved.")).toBeVisible();
  await expect(page.getByText("It is gone now.")).toBeVisible();
  await expect(picture).toHaveCount(0);

  await page.getByRole("link", { name: "Delete", exact: true }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("The notice is deleted.")).toBeVisible();
  expect((await page.goto(path))?.status()).toBe(404);
});

test("what is wrong is said, and nothing that was written is lost", async ({ ada }) => {
  const { page } = ada;
  await send(page, { title: "t".repeat(10_000), body: "  " });
  await expect(page.getByRole("alert")).toBeFocused();
  await page.getByRole("link", { name: /Use at most 120 characters/ }).click();
  await expect(page.getByLabel("Title")).toBeFocused();
  await expect(page.getByLabel("Title")).toHaveValue("t".repeat(10_000));
  await expect(page.getByLabel("Message")).toHaveAccessibleDescription(/Enter your message/);
});

test("a form that is sent twice makes one notice", async ({ ada }) => {
  const { page } = ada;
  const title = fresh("Once");
  await page.goto("/notices/new");
  const hidden = (name: string) => page.locator(`main [name=${name}]`).inputValue();
  const [csrf, token] = [await hidden("csrf"), await hidden("token")];
  const places = [];
  for (const body of ["Sent once.", "Sent again."]) {
    const answer = await page.request.post("/notices/new", {
      multipart: { csrf, token, title, body },
      headers: { origin: new URL(page.url()).origin },
      maxRedirects: 0,
    });
    expect(answer.status()).toBe(303);
    places.push(answer.headers().location);
  }
  expect(places[1]).toBe(places[0]);
  await page.goto(places[0] ?? "/");
  await expect(page.getByText("it was sent twice")).toBeVisible();
  await expect(page.getByText("Sent once.")).toBeVisible();
});

test("markup and quotes are shown as they were typed, and nothing of them runs", async ({
  ada,
}) => {
  const { page } = ada;
  const body = `<script>document.title = "run"</script> '; drop table notices; -- & "quotes" 🏮`;
  const title = fresh("<b>bold</b>");
  await pin(page, { title, body });
  await expect(page.getByText(body)).toBeVisible();
  await expect(page).toHaveTitle(`${title} · Gatehouse`);
});

test("nobody edits or deletes what is another's", async ({ ada, ben }) => {
  const path = await pin(ada.page, { title: fresh("Mine") });
  await ben.page.goto(path);
  await expect(ben.page.getByRole("link", { name: "Edit", exact: true })).toHaveCount(0);
  for (const action of ["edit", "delete"]) {
    expect((await ben.page.goto(`${path}/${action}`))?.status()).toBe(403);
  }
});
