import { randomUUID } from "node:crypto";
import { call, type HttpResponse, header } from "@gatehouse/testing/chain";

const attribute = (tag: string, name: string): string | undefined =>
  new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];

/** The hidden fields of the form with this action. */
function hiddenFields(page: HttpResponse, action: string): Record<string, string> {
  const forms = [...page.text.matchAll(/<form\b[^>]*>.*?<\/form>/gis)].map(([form]) => form);
  const form = forms.find((text) => attribute(text, "action") === action);
  if (form === undefined) throw new Error(`the page has no form for ${action}: ${page.text}`);
  const hidden = [...form.matchAll(/<input\b[^>]*type="hidden"[^>]*>/gi)];
  return Object.fromEntries(
    hidden.map(([tag]) => [attribute(tag, "name") ?? "", attribute(tag, "value") ?? ""]),
  );
}

/** A client like a browser without scripts: it keeps cookies and sends the hidden fields of forms. */
export class Visitor {
  readonly #origin: string;
  readonly #cookies = new Map<string, string>();

  constructor(origin: string) {
    this.#origin = origin;
  }

  async get(path: string): Promise<HttpResponse> {
    return this.#keep(await call(`${this.#origin}${path}`, { headers: this.#headers() }));
  }

  /** Opens a page, fills in the form that posts to the same path, and sends it. */
  async send(
    path: string,
    fields: Readonly<Record<string, string>>,
    picture?: Buffer,
  ): Promise<HttpResponse> {
    const all = { ...hiddenFields(await this.get(path), path), ...fields };
    const form = new Response(picture ? multipart(all, picture) : new URLSearchParams(all));
    return this.#keep(
      await call(`${this.#origin}${path}`, {
        method: "POST",
        headers: {
          ...this.#headers(),
          origin: this.#origin,
          "content-type": form.headers.get("content-type") ?? "",
        },
        body: Buffer.from(await form.arrayBuffer()),
      }),
    );
  }

  /** Signs up with a new name. */
  async signUp(): Promise<void> {
    const name = `Visitor ${randomUUID().slice(0, 8)}`;
    const response = await this.send("/sign-up", { name, password: "correct horse battery" });
    if (response.status !== 303) throw new Error(`sign-up failed: ${response.text}`);
  }

  /** Posts a notice. @returns its path */
  async post(
    title: string,
    fields: Readonly<Record<string, string>> = {},
    picture?: Buffer,
  ): Promise<string> {
    const all = { title, body: "From the tests.", ...fields };
    const response = await this.send("/notices/new", all, picture);
    if (response.status !== 303) throw new Error(`the notice is not posted: ${response.text}`);
    return header(response, "location");
  }

  #headers(): Record<string, string> {
    const cookies = [...this.#cookies].map(([name, value]) => `${name}=${value}`);
    return cookies.length > 0 ? { cookie: cookies.join("; ") } : {};
  }

  #keep(response: HttpResponse): HttpResponse {
    for (const line of response.headers["set-cookie"] ?? []) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/max-age=0/i.test(line)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }
}

function multipart(fields: Readonly<Record<string, string>>, picture: Buffer): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("picture", new File([new Uint8Array(picture)], "picture.png", { type: "image/png" }));
  return form;
}

/** The addresses under /assets/ that the page links, in order. */
export function assetsOf(page: HttpResponse): string[] {
  const found = [...page.text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)];
  if (found.length === 0) throw new Error(`the page links no asset: ${page.text}`);
  return found.map(([, address]) => address ?? "");
}
