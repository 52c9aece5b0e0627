// Runs in a browser container: opens the page of panels, and prints what each of them draws.
import { chromium } from "/node_modules/playwright-core/index.mjs";

const browser = await chromium.launch({
  executablePath: process.env.GATEHOUSE_CHROMIUM,
  args: ["--no-sandbox"],
});
const page = await browser.newPage();
await page.goto("http://prometheus:9090/user/");
const drawn = () => {
  const sections = [...document.querySelectorAll("section")];
  return sections.length > 0 && sections.every(({ dataset }) => Number(dataset.series) > 0);
};
await page.waitForFunction(drawn, undefined, { timeout: 60_000 });
const panels = await page.$$eval("section", (sections) =>
  sections.map((section) => ({
    title: section.querySelector("h2").textContent,
    lines: section.querySelectorAll("li").length,
    drawn: section.querySelectorAll("polyline").length,
  })),
);
process.stdout.write(JSON.stringify(panels));
await browser.close();
