import type { Answer } from "../stack/http.ts";

const attribute = (tag: string, name: string): string | undefined =>
  new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];

export interface Form {
  /** Where it posts to, as it stands in the page. */
  readonly action: string;
  /** All its fields, urlencoded; every text field has the text. */
  readonly body: string;
  /** What the page set, to be sent back. */
  readonly cookie: string | undefined;
}

/** Fills the text into the page's one form that posts, as a browser would. */
export function formOf(page: Answer, text: string): Form {
  const form = /<form\b[^>]*method="post"[^>]*>.*?<\/form>/is.exec(page.text)?.[0];
  if (form === undefined) throw new Error(`the page has no form that posts: ${page.text}`);
  const fields = new URLSearchParams();
  for (const [tag] of form.matchAll(/<(?:input|textarea)\b[^>]*>/gi)) {
    const name = attribute(tag, "name");
    const hidden = attribute(tag, "type") === "hidden";
    if (name !== undefined) fields.set(name, hidden ? (attribute(tag, "value") ?? "") : text);
  }
  const cookies = page.headers["set-cookie"]?.map((line) => line.split(";")[0]).join("; ");
  return { action: attribute(form, "action") ?? "/", body: fields.toString(), cookie: cookies };
}

/** The addresses under /assets/ that the page links, in order. */
export function assetsOf(page: Answer): string[] {
  const found = [...page.text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)];
  if (found.length === 0) throw new Error(`the page links no asset: ${page.text}`);
  return found.map(([, address]) => address ?? "");
}
