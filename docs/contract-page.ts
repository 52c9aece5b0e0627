import { COLUMNS, markOf, reasons } from "../infra-tests/contract/matrix.ts";
import type { Topic } from "../infra-tests/contract/row.ts";
import { TOPICS } from "../infra-tests/contract/topics/index.ts";

/** Where the page lies. */
export const CONTRACT_PAGE = `${import.meta.dirname}/contract.md`;

/** The contract of the edge: every row, and what each subject owes of it. */
export function contractPage(): string {
  return [
    "# The contract",
    "",
    "Made from the rows of `infra-tests/contract` by `npm run docs`; a test keeps it current. `make contract`",
    "holds every row against every subject, and fails where this page is not true: for a row that is",
    "broken, and for one that is kept although a reason stands here.",
    "",
    "| subject | what it is |",
    "| --- | --- |",
    "| web | `services/web`, in its container, in front of a witness that tells what reached it |",
    "| nginx | the twin, `nginx/`, in the same place |",
    "| gateway | the gateway with the echo application, asked directly |",
    "| chain | `services/web`, the gateway and the echo application, as `make up` runs them |",
    "",
    "A case of the corpus is sent whole, and once more in random pieces. Right after each one, a marker",
    "request on a connection of its own must get its own answer.",
    "",
    "## What is owed, and why",
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

/** A bar or a star would mean something else to the page. */
function cell(text: string): string {
  return text.replaceAll(/[|*<]/g, "\\$&");
}
