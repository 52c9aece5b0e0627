/** A line of BuildKit's plain progress: "#12 [app 3/8] RUN ...". After a failed step it repeats what matters without. */
const OF_A_BUILD = /^#\d+ /;

/**
 * Leaves out what a build writes while it goes well: some hundred lines, of which a deploy on a server is the
 * wrong place to read. Takes text as it comes, and returns it line by line.
 */
export class WithoutBuildLines {
  #rest = "";
  #afterBuild = false;

  /** @returns the whole lines that are to be shown */
  add(text: string): string {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    return lines.map((line) => this.#shown(line)).join("");
  }

  /** @returns the last line, which has no end */
  end(): string {
    return this.#rest;
  }

  #shown(line: string): string {
    const build = OF_A_BUILD.test(line);
    // BuildKit separates its steps by empty lines.
    const separator = line === "" && this.#afterBuild;
    this.#afterBuild = build;
    return build || separator ? "" : `${line}\n`;
  }
}
