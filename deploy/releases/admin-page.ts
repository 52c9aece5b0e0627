import { run } from "../command.ts";

/** Where edge and gateway have their admin pages, in their own containers. */
const ADMIN_SOCKET = "/run/gatehouse/admin.sock";

/** Exit codes of `docker exec` for a program that the container does not have. */
const NOT_FOUND = [126, 127];

const READ = `
  require("node:http")
    .get({ socketPath: process.argv[1], path: process.argv[2] }, (response) => {
      process.exitCode = response.statusCode < 500 ? 0 : 1;
      response.pipe(process.stdout);
    })
    .on("error", (error) => { console.error(error.message); process.exit(1); });
`;

/**
 * An admin page of the service in a container; undefined if it cannot be had now, "no node" if this cannot
 * read it at all, as with nginx.
 */
export async function adminPage(
  container: string,
  path: string,
): Promise<string | "no node" | undefined> {
  const { code, stdout } = await run(
    "docker",
    ["exec", container, "node", "-e", READ, ADMIN_SOCKET, path],
    { timeout: 10_000 },
  );
  if (NOT_FOUND.includes(code)) return "no node";
  return code === 0 ? stdout : undefined;
}

/** One sample of a metric in Prometheus's text format. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The samples of one metric, in the order of the text. No label of ours has a quote in its value. */
export function samplesOf(text: string, name: string): Sample[] {
  return text.split("\n").flatMap((line) => {
    const [, metric, labels = "", value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (metric !== name) return [];
    const pairs = labels.split('",').filter((pair) => pair !== "");
    const entries = pairs.map((pair) => {
      const at = pair.indexOf('="');
      return [pair.slice(0, at), pair.slice(at + 2).replace(/"$/, "")];
    });
    return [{ labels: Object.fromEntries(entries), value: Number(value) }];
  });
}
