import { expect, type Page } from "@playwright/test";
import { pin, send } from "./notice.ts";
import { png, type Upload } from "./picture.ts";
import { fresh, test } from "./visitor.ts";

const PATH = /^\/pictures\/([0-9a-f-]{36}\.png)$/;

/** Pins a notice with a picture; where the picture is. */
async function pinPicture(page: Page, isPrivate: boolean): Promise<string> {
  const title = fresh("Picture");
  await pin(page, { title, picture: png([40, 120, 200]), isPrivate });
  const source = await page.getByRole("img", { name: `Picture of: ${title}` }).getAttribute("src");
  expect(source).toMatch(PATH);
  return source ?? "";
}

test("a public picture is everybody's, sent by the web server after the application's word", async ({
  ada,
  guest,
}) => {
  const path = await pinPicture(ada.page, false);
  const answer = await guest.request.get(path);
  expect(answer.status()).toBe(200);
  expect(answer.headers()["content-type"]).toBe("image/png");
  expect(answer.headers()["x-accel-redirect"]).toBeUndefined();
  expect((await answer.body()).equals(png([40, 120, 200]).buffer)).toBe(true);
});

test("a private picture of Ada is fetched by neither Ben nor a guest, nor by the internal path", {
  tag: "@smoke",
}, async ({ ada, ben, guest, moderator }) => {
  const path = await pinPicture(ada.page, true);
  expect((await ada.page.request.get(path)).status()).toBe(200);
  expect((await moderator.page.request.get(path)).status()).toBe(200);
  const [, file = ""] = PATH.exec(path) ?? [];
  const { origin } = new URL(ada.page.url());
  const detours = [
    path,
    `/protected-media/${file}`,
    `/protected-media//${file}`,
    `//protected-media/${file}`,
    `/assets/../protected-media/${file}`,
    `/assets/%2e%2e/protected-media/${file}`,
    `/%70rotected-media/${file}`,
    `/media/${file}`,
    `/assets/${file}`,
  ];
  for (const stranger of [ben.page, guest]) {
    for (const detour of detours) {
      // With its origin: two slashes alone would name another host.
      const answer = await stranger.request.get(`${origin}${detour}`);
      expect([400, 404], `${detour} gave ${answer.status()}`).toContain(answer.status());
      expect((await answer.body()).includes(png([40, 120, 200]).buffer.subarray(-60))).toBe(false);
    }
  }
  const answer = await ada.page.request.get(path);
  expect(answer.headers()["cache-control"]).toContain("no-store");
});

const text = (name: string, mimeType: string, content: string): Upload => ({
  name,
  mimeType,
  buffer: Buffer.from(content),
});
const whole = png([1, 2, 3]).buffer;

const bad: [string, Upload, RegExp][] = [
  ["a text that says it is a picture", text("a.png", "image/png", "hello"), /is not a picture/],
  ["a drawing that can hold scripts", text("a.svg", "image/svg+xml", "<svg/>"), /is not a picture/],
  [
    "half a picture",
    { ...png([1, 2, 3]), buffer: whole.subarray(0, -20) },
    /picture is incomplete/,
  ],
  ["a picture of six megabytes", png([1, 2, 3], 6 * 1024 ** 2), /larger than 5 MB/],
];

for (const [what, picture, complaint] of bad) {
  test(`${what} is refused beside its field, and the text stays`, async ({ ada }) => {
    const { page } = ada;
    const title = fresh("Refused");
    await send(page, { title, body: "Keep this.", picture });
    await expect(page.locator("#picture")).toHaveAccessibleDescription(complaint);
    await expect(page.getByLabel("Title")).toHaveValue(title);
    await expect(page.getByLabel("Message")).toHaveValue("Keep this.");
  });
}

test("a picture is kept while the rest of its form is mended", async ({ ada }) => {
  const { page } = ada;
  const title = fresh("Mended");
  await send(page, { title, body: " ", picture: png([9, 99, 9]) });
  await expect(page.getByText("Your picture is uploaded.")).toBeVisible();
  await page.getByLabel("Message").fill("Now with words.");
  await page.getByRole("button", { name: "Post notice" }).click();
  await expect(page.getByRole("img", { name: `Picture of: ${title}` })).toBeVisible();
});
