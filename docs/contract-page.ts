import { COLUMNS, markOf, reasons } from "../infra-tests/contract/matrix.ts";
import type { Topic } from "../infra-tests/contract/row.ts";
import { TOPICS } from "../infra-tests/contract/topics/index.ts";

/** The path of the page. */
export const CONTRACT_PAGE = `${import.meta.dirname}/contract.md`;

/** The contract of the edge: every row, and the deviations of each subject. */
export function contractPage(): string {
  return [
    "# The contract",
    "",
    "Made from the rows of `infra-tests/contract` by `npm run docs`; a test keeps it current. `make contract`",
    "checks every row on every subject. It fails for a row that is not kept, for a deviation that shows",
    "itself in another way than the known one, and for a deviation that is gone.",
    "",
    "| subject | what it is |",
    "| --- | --- |",
    "| web | `services/web`, in its container, in front of a witness: a test server that records every request |",
    "| nginx | `nginx/` instead of `services/web` |",
    "| gateway | the gateway with the echo application, without an edge |",
    "| chain | `services/web`, the gateway and the echo application, as `make up` runs them |",
    "",
    "A case of the corpus is sent whole, and again in random pieces. Right after each one, a marker request",
    "on a new connection must get its own response.",
    "",
    "## Known deviations",
    "",
    ...reasons().map((reason) => `- ${reason}`),
    "",
    ...TOPICS.flatMap(section),
  ].join("\n");
}

function section(topic: Topic): string[] {
  const rows = topic.rows.filter(({ id }) => !id.endsWith(", in pieces"));
  return [
    `## ${topic.name}`,
    "",
    `| row | what it says | RFC | ${COLUMNS.join(" | ")} |`,
    `| --- | --- | --- |${COLUMNS.map(() => " --- |").join("")}`,
    ...rows.map((row) => {
      const marks = COLUMNS.map((column) => markOf(topic, row, column));
      return `| ${[row.id, row.says, row.rfc, ...marks].map(cell).join(" | ")} |`;
    }),
    "",
  ];
}

/** Markdown gives a bar, a star and < another meaning. */
function cell(text: string): string {
  return text.replaceAll(/[|*<]/g, "\\$&");
}
