/** What a start script runs: a module, and what it gives to Node besides. */
export interface Start {
  readonly module: string;
  /** Flags that would be lost. */
  readonly flags: readonly string[];
  /** Whether tsx compiles what is imported: Node alone knows no enum, and no path without its ending. */
  readonly tsx?: boolean;
}

/** Programs that run a module as `node` does. */
const RUNNERS = new Set(["node", "nodejs", "tsx", "ts-node", "ts-node-esm", "nodemon"]);
/** Flags of theirs that have their value in the next word. */
const WITH_VALUE = new Set([
  "-r",
  "--require",
  "--import",
  "--loader",
  "--experimental-loader",
  "-C",
  "--conditions",
]);

/**
 * What of a script as `NODE_ENV=production node -r dotenv/config ./bin/www` is the module. Of several commands, the
 * last one counts: it is what goes on running.
 * @returns undefined for a script that starts no module
 */
export function startOf(script: string): Start | undefined {
  const words = (script.split(/&&|;/).at(-1) ?? "").trim().split(/\s+/).filter(Boolean);
  const first = words.findIndex(
    (word) => !/^\w+=/.test(word) && word !== "cross-env" && word !== "exec",
  );
  if (first === -1 || !RUNNERS.has(words[first] ?? "")) return undefined;
  const flags: string[] = [];
  let tsx = words[first] === "tsx";
  for (let at = first + 1; at < words.length; at++) {
    const word = words[at] ?? "";
    if (!word.startsWith("-")) return { module: word, flags, ...(tsx ? { tsx } : {}) };
    const flag = WITH_VALUE.has(word) ? [word, words[++at] ?? ""] : [word];
    if (/^--(import|loader)[= ]tsx(\/\w+)?$/.test(flag.join(" "))) tsx = true;
    else flags.push(...flag);
  }
  return undefined;
}
