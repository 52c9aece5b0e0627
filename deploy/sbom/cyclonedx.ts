import type { ImageParts, Part } from "./image-parts.ts";

interface Component {
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly "bom-ref"?: string;
  readonly purl?: string;
  readonly licenses?: readonly [{ readonly license: { readonly name: string } }];
}

/** A list of parts in CycloneDX 1.6 (ECMA-424), as far as it is written here. */
export interface Sbom {
  readonly bomFormat: "CycloneDX";
  readonly specVersion: "1.6";
  readonly version: 1;
  readonly metadata: { readonly timestamp: string; readonly component: Component };
  readonly components: readonly Component[];
}

/**
 * The list of an image's parts.
 * @param image its name and its id, `sha256:` and 64 hexadecimal digits
 */
export function sbomOf(
  image: { readonly name: string; readonly id: string },
  { system, parts }: ImageParts,
  now = new Date(),
): Sbom {
  // The same package may be there at several paths.
  const components = new Map(parts.map((part) => [purlOf(part, system), part]));
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      timestamp: now.toISOString(),
      component: { type: "container", name: image.name, version: image.id },
    },
    components: [
      { type: "operating-system", name: system.id, version: system.version },
      ...[...components].sort(byPurl).map(([purl, part]) => ({
        type: part.kind === "node" ? "application" : "library",
        "bom-ref": purl,
        name: part.name,
        version: part.version,
        purl,
        ...(part.license === undefined
          ? {}
          : { licenses: [{ license: { name: part.license } }] as const }),
      })),
    ],
  };
}

/** The package URL of a part (ECMA-427), by which scanners know it. */
function purlOf({ kind, name, version, architecture }: Part, system: ImageParts["system"]): string {
  const at = `${name.split("/").map(encodeURIComponent).join("/")}@${encodeURIComponent(version)}`;
  if (kind === "npm") return `pkg:npm/${at}`;
  if (kind === "node") return `pkg:generic/${at}`;
  return `pkg:deb/${system.id}/${at}?arch=${architecture}&distro=${system.id}-${system.version}`;
}

const byPurl = ([one]: [string, Part], [other]: [string, Part]): number =>
  one < other ? -1 : Number(one > other);
