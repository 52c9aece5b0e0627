import { expect, type Page } from "@playwright/test";
import type { Upload } from "./picture.ts";

export interface Draft {
  readonly title: string;
  readonly body?: string;
  readonly picture?: Upload;
  readonly isPrivate?: boolean;
}

/** Fills in the form of a notice and sends it; where it leads is the test's to say. */
export async function send(page: Page, draft: Draft): Promise<void> {
  await page.goto("/notices/new");
  await page.getByLabel("Title").fill(draft.title);
  await page.getByLabel("Message").fill(draft.body ?? "From a real browser.");
  if (draft.picture) await page.getByLabel("Picture (optional)").setInputFiles(draft.picture);
  if (draft.isPrivate) await page.getByLabel(/^Private/).check();
  await page.getByRole("button", { name: "Post notice" }).click();
}

/** Pins a notice. @returns its path */
export async function pin(page: Page, draft: Draft): Promise<string> {
  await send(page, draft);
  await expect(page.getByText("Your notice is on the board.")).toBeVisible();
  await expect(page.getByRole("heading", { name: draft.title })).toBeVisible();
  return new URL(page.url()).pathname;
}

/** The card of a notice on the board. */
export const cardOf = (page: Page, title: string) =>
  page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: title }) });
