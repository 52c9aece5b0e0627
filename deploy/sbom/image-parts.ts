import { run } from "../command.ts";
import { Problem } from "../problem.ts";

/** A package of an image. */
export interface Part {
  readonly kind: "npm" | "deb" | "node";
  readonly name: string;
  readonly version: string;
  /** Of Debian, such as amd64 or all. */
  readonly architecture?: string;
  /** As its package.json says it, mostly an SPDX expression. */
  readonly license?: string;
}

export interface ImageParts {
  /** ID and VERSION_ID of /etc/os-release, such as debian and 13. */
  readonly system: { readonly id: string; readonly version: string };
  readonly parts: readonly Part[];
}

/**
 * What is in an image, whatever has put it there: Debian's list, Node, and each package.json of a package. Its programs
 * are those of every image here, with a shell and find(1), also where there is no Node. A NUL separates the files.
 */
const READ = String.raw`
  . /etc/os-release && printf '%s\t%s\n' "$ID" "$VERSION_ID"
  node --version 2> /dev/null || echo
  dpkg-query --show --showformat '\${db:Status-Abbrev}\t\${Package}\t\${Version}\t\${Architecture}\n' || exit 1
  find / -xdev -type f -path '*/node_modules/*' -name package.json -exec sh -c '
    for file; do
      folder=\${file%/package.json}; parent=\${folder%/*}; name=\${parent##*/}
      case $name in @*) parent=\${parent%/*}; name=\${parent##*/} ;; esac
      if [ "$name" = node_modules ]; then printf "\\0" && cat "$file"; fi
    done' sh {} +`.replaceAll("\\$", "$");

/**
 * Reads what is in an image, in a container without a network that is removed.
 * @throws Problem if there is no such image, or it has no Debian package list
 */
export async function partsOf(image: string): Promise<ImageParts> {
  const isolated = [
    "--network",
    "none",
    "--read-only",
    "--cap-drop",
    "ALL",
    "--cap-add",
    "DAC_READ_SEARCH",
  ];
  const { code, stdout, output } = await run("docker", [
    ...["run", "--rm", "--pull", "never", "--user", "0:0", ...isolated],
    ...["--entrypoint", "sh", image, "-c", READ],
  ]);
  if (code !== 0)
    throw new Problem(
      `the parts of ${image} cannot be read: it needs sh, find and dpkg-query: ${output.trim()}`,
    );
  return readParts(stdout);
}

/** Reads what the program above has printed. */
export function readParts(text: string): ImageParts {
  const [lines = "", ...manifests] = text.split("\0");
  const [system = "", node = "", ...packages] = lines.split("\n");
  const [id = "", version = ""] = system.split("\t");
  return {
    system: { id, version },
    parts: [
      ...(node === "" ? [] : [{ kind: "node", name: "node", version: node.slice(1) } as const]),
      ...packages.flatMap(debianPart),
      ...manifests.flatMap(npmPart),
    ],
  };
}

/** A line of dpkg-query. What was removed and has left its settings there is no part. */
function debianPart(line: string): Part[] {
  const [status = "", name = "", version = "", architecture = ""] = line.split("\t");
  return status.startsWith("ii") ? [{ kind: "deb", name, version, architecture }] : [];
}

/** A package.json. Some have no name or version: they only say how the files beside them are read. */
function npmPart(text: string): Part[] {
  const { name, version, license } = manifestOf(text);
  if (typeof name !== "string" || typeof version !== "string") return [];
  return [{ kind: "npm", name, version, ...(typeof license === "string" ? { license } : {}) }];
}

/** @returns {} for a file that is no package: no program could load it */
function manifestOf(text: string): Record<string, unknown> {
  try {
    return { ...JSON.parse(text) };
  } catch {
    return {};
  }
}
