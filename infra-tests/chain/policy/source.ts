import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
} from "yaml";
import type { Finding } from "./finding.ts";

type Entry = Pair<Node, Node | null>;

/** The text of a Compose file, in which a finding has a line. */
export class Source {
  readonly #file: string;
  readonly #lines = new LineCounter();
  readonly #document: Document;

  constructor(file: string, text: string) {
    this.#file = file;
    this.#document = parseDocument(text, { merge: true, lineCounter: this.#lines });
    const [error] = this.#document.errors;
    if (error) throw new Error(`${file} cannot be read: ${error.message}`);
  }

  /** A finding as one line that starts with `file:line`. */
  format({ rule, service, key, message }: Finding): string {
    const found = this.#entry(["services", service, key]) ?? this.#entry(["services", service]);
    const [offset = 0] = (found?.key as Node | undefined)?.range ?? [];
    const { line } = this.#lines.linePos(offset);
    return `${this.#file}:${line}: ${service} ${message} [${rule}]`;
  }

  #entry(path: readonly string[]): Entry | undefined {
    let map: unknown = this.#document.contents;
    let entry: Entry | undefined;
    for (const name of path) {
      entry = isMap(map) ? this.#find(map as YAMLMap<Node, Node | null>, name) : undefined;
      map = this.#resolved(entry?.value);
    }
    return entry;
  }

  /** A map's own entry, else the one that it merges in with `<<`. */
  #find(map: YAMLMap<Node, Node | null>, name: string): Entry | undefined {
    const named = (wanted: string) =>
      map.items.filter(({ key }) => isScalar(key) && keyText(key.value) === wanted);
    const [own] = named(name);
    if (own) return own;
    for (const { value } of named("<<")) {
      const merged = this.#resolved(value);
      const sources = isMap(merged) ? [merged] : ((merged as { items?: unknown[] })?.items ?? []);
      for (const source of sources.map((one) => this.#resolved(one))) {
        const found = isMap(source) && this.#find(source as YAMLMap<Node, Node | null>, name);
        if (found) return found;
      }
    }
    return undefined;
  }

  #resolved(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.#document) : node;
  }
}

/** With `merge`, the parser gives the key `<<` a symbol as its value. */
function keyText(value: unknown): string {
  return typeof value === "symbol" ? (value.description ?? "") : String(value);
}
