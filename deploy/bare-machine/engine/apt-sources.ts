import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** An entry of apt's list of package archives. */
export interface AptSource {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly components: readonly string[];
  /** The file of the key, or the key itself; undefined if apt chooses. */
  readonly signedBy: string | undefined;
}

/** The archives of binary packages in this machine's apt configuration. */
export function readAptSources(folder = "/etc/apt"): AptSource[] {
  const patterns = ["sources.list", "sources.list.d/*.{list,sources}"];
  return globSync(patterns, { cwd: folder })
    .sort()
    .flatMap((file) => {
      const text = readFileSync(join(folder, file), "utf8");
      return file.endsWith(".sources") ? parseStanzas(text) : parseLines(text);
    });
}

/** The first archive that has a suite. */
export function findArchive(
  sources: readonly AptSource[],
  suite: string,
): { readonly uri: string; readonly signedBy: string | undefined } | undefined {
  const source = sources.find(
    ({ suites, components }) => suites.includes(suite) && components.includes("main"),
  );
  const uri = source?.uris[0];
  return uri === undefined ? undefined : { uri, signedBy: source?.signedBy };
}

/** Reads the one-line format: `deb [signed-by=FILE] URI SUITE COMPONENT...`. */
export function parseLines(text: string): AptSource[] {
  return text.split("\n").flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)([^#]*)/.exec(line);
    if (match === null) return [];
    const [, options = "", uri = "", suite = "", components = ""] = match;
    return {
      uris: [uri],
      suites: [suite],
      components: words(components),
      signedBy: /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1],
    };
  });
}

/** Reads the deb822 format: stanzas of `Field: value`, continued by lines that start with a space. */
export function parseStanzas(text: string): AptSource[] {
  const live = text.replaceAll(/^#.*\n?/gm, "");
  return live.split(/\n\s*\n/).flatMap((stanza) => {
    const field = new Map(
      stanza.split(/\n(?=\S)/).map((entry) => {
        const [name = "", ...value] = entry.split(":");
        return [name.trim().toLowerCase(), value.join(":").trim()] as const;
      }),
    );
    const enabled = !/^(no|false|off|0)$/i.test(field.get("enabled") ?? "yes");
    if (!enabled || !words(field.get("types") ?? "").includes("deb")) return [];
    return {
      uris: words(field.get("uris") ?? ""),
      suites: words(field.get("suites") ?? ""),
      components: words(field.get("components") ?? ""),
      signedBy: field.get("signed-by"),
    };
  });
}

function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}
