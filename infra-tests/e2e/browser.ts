import { test as base, expect } from "@playwright/test";

export { flaws } from "./accessibility.ts";

interface PerTest {
  /** Fails the test at its end for whatever the browser complained of on the way. */
  readonly noComplaints: undefined;
}

export const test = base.extend<PerTest>({
  noComplaints: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("console", (line) => {
        // How a refused form or a missing page responds is the test's own business.
        const isAnswer = /the server responded with a status of 4/.test(line.text());
        if (line.type() === "error" && !isAnswer) complaints.push(line.text());
      });
      await use(undefined);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});
