import { randomUUID } from "node:crypto";
import { test as base } from "@gatehouse/testing/browser";
import { type Browser, type BrowserContext, expect, type Page } from "@playwright/test";

export const PASSWORD = "correct horse battery";

/** Milliseconds: signing in waits for a hash, behind all who sign in at the same moment. */
const TIMEOUT = 180_000;

/** A name or title that no other run has used. */
export const fresh = (word: string): string => `${word} ${randomUUID().slice(0, 8)}`;

export interface Account {
  readonly name: string;
  readonly password: string;
}

type Session = Awaited<ReturnType<BrowserContext["storageState"]>>;

interface Member {
  readonly name: string;
  readonly page: Page;
}

interface PerTest {
  /** Two people who are signed in, each in a browser of their own, and a moderator. */
  readonly ada: Member;
  readonly ben: Member;
  readonly moderator: Member;
  /** A visitor who is not signed in, beside `page`. */
  readonly guest: Page;
}

interface PerWorker {
  readonly adasSession: { readonly name: string; readonly session: Session };
  readonly bensSession: { readonly name: string; readonly session: Session };
  readonly moderatorsSession: { readonly name: string; readonly session: Session };
}

/** Signing in costs the site a memory-hard hash: one account a worker, whose session is kept. */
export const test = base.extend<PerTest, PerWorker>({
  adasSession: [
    async ({ browser }, use) => await use(await sessionOf(browser, fresh("Ada"))),
    { scope: "worker", timeout: TIMEOUT },
  ],
  bensSession: [
    async ({ browser }, use) => await use(await sessionOf(browser, fresh("Ben"))),
    { scope: "worker", timeout: TIMEOUT },
  ],
  moderatorsSession: [
    async ({ browser }, use) => {
      const { MODERATOR: name = "", MODERATOR_PASSWORD: password = "" } = process.env;
      const session = await inOwnBrowser(browser, async (page) => {
        await signIn(page, { name, password });
        await expect(page.getByText("You are signed in.")).toBeVisible();
      });
      await use({ name, session });
    },
    { scope: "worker", timeout: TIMEOUT },
  ],
  ada: async ({ browser, adasSession }, use) => await member(browser, adasSession, use),
  ben: async ({ browser, bensSession }, use) => await member(browser, bensSession, use),
  moderator: async ({ browser, moderatorsSession }, use) =>
    await member(browser, moderatorsSession, use),
  guest: async ({ browser }, use) => {
    const context = await browser.newContext();
    await use(await context.newPage());
    await context.close();
  },
});

async function sessionOf(browser: Browser, name: string) {
  const session = await inOwnBrowser(browser, (page) => signUp(page, name));
  return { name, session };
}

async function inOwnBrowser(
  browser: Browser,
  work: (page: Page) => Promise<void>,
): Promise<Session> {
  const context = await browser.newContext({ baseURL: "https://web:8443" });
  await work(await context.newPage());
  const session = await context.storageState();
  await context.close();
  return session;
}

async function member(
  browser: Browser,
  { name, session }: { readonly name: string; readonly session: Session },
  use: (member: Member) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({ storageState: session });
  await use({ name, page: await context.newPage() });
  await context.close();
}

export async function signUp(page: Page, name: string, password = PASSWORD): Promise<void> {
  await page.goto("/sign-up");
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign up" }).click();
  await expect(page.getByText("Welcome!")).toBeVisible();
}

export async function signIn(page: Page, { name, password }: Account): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}
