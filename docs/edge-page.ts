import { readFileSync } from "node:fs";

/** Where the page lies. */
export const EDGE_PAGE = `${import.meta.dirname}/edge.md`;

const SOURCE = `${import.meta.dirname}/../services/web/stations.ts`;
const STATION = /^ *\/\/ Station: (.+) \| (.+) \| (.+)$/gm;
const BEGIN = "<!-- The stations of stations.ts, by `npm run docs`; a test keeps them current. -->";
const END = "<!-- The end of the stations. -->";

/** The edge's manual, with the stations of a request as its stations.ts has them. */
export function edgePage(): string {
  const page = readFileSync(EDGE_PAGE, "utf8");
  const [before = "", rest = ""] = page.split(BEGIN);
  const [, after] = rest.split(END);
  if (after === undefined) throw new Error(`${EDGE_PAGE}: the marks of the stations are missing`);
  const rows = [...readFileSync(SOURCE, "utf8").matchAll(STATION)].map(
    ([, name, file, responds], at) => `| ${at + 1} | ${name} | ${file} | ${responds} |`,
  );
  const table = ["| | station | where | it responds with |", "|---|---|---|---|", ...rows].join(
    "\n",
  );
  return `${before}${BEGIN}\n\n${table}\n\n${END}${after}`;
}
