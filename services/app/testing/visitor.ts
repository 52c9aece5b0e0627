import assert from "node:assert/strict";
import type { Site } from "../site.ts";

type Fields = Readonly<Record<string, string | Blob>>;

/** A browser without scripts: it keeps cookies and sends forms with what is hidden in them. */
export class Visitor {
  readonly #site: Site;
  readonly #cookies = new Map<string, string>();
  readonly #headers: Readonly<Record<string, string>>;

  /** @param headers what the web server adds to each request */
  constructor(site: Site, headers: Record<string, string> = {}) {
    this.#site = site;
    this.#headers = headers;
  }

  get cookies(): ReadonlyMap<string, string> {
    return this.#cookies;
  }

  /** The same cookies in another window. */
  copy(): Visitor {
    const other = new Visitor(this.#site, this.#headers);
    for (const [name, value] of this.#cookies) other.#cookies.set(name, value);
    return other;
  }

  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers({ ...this.#headers, ...init.headers });
    const cookies = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    if (cookies !== "") headers.set("cookie", cookies);
    const answer = await this.#site.request(path, { ...init, headers });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/max-age=0/i.test(line)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return answer;
  }

  /** The text of a page that must be there. */
  async page(path: string): Promise<string> {
    const answer = await this.request(path);
    assert.equal(answer.status, 200, `${path} answers ${answer.status}`);
    return answer.text();
  }

  /** Opens a page, fills in its form that posts to `action`, and sends it. */
  async send(path: string, fields: Fields, action = path): Promise<Response> {
    return this.submit(await this.page(path), action, fields);
  }

  /** Sends the form of a page that is there already. */
  submit(page: string, action: string, fields: Fields): Promise<Response> {
    const form = formOf(page, action);
    const all: Fields = { ...form.hidden, ...fields };
    if (!form.isMultipart) {
      const words = Object.entries(all).map(([name, value]) => [name, String(value)]);
      return this.request(action, { method: "POST", body: new URLSearchParams(words) });
    }
    const body = new FormData();
    for (const [name, value] of Object.entries(all)) body.append(name, value);
    return this.request(action, { method: "POST", body });
  }

  /** Makes an account and is signed in. */
  async signUp(name: string): Promise<this> {
    const answer = await this.send("/sign-up", { name, password: PASSWORD });
    assert.equal(answer.status, 303, await answer.text());
    return this;
  }

  /** Posts a notice. @returns its path */
  async post(fields: Fields = {}): Promise<string> {
    const answer = await this.send("/notices/new", { title: "A title", body: "A body", ...fields });
    assert.equal(answer.status, 303, await answer.text());
    return answer.headers.get("location") ?? "";
  }
}

/** Every test visitor's. */
export const PASSWORD = "correct horse battery";

function formOf(page: string, action: string) {
  const forms = [...page.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)];
  const [, attributes = "", inside = ""] =
    forms.find(([, start]) => start?.includes(`action="${action}"`)) ?? [];
  assert.notEqual(attributes, "", `the page has no form for ${action}`);
  const hidden = [...inside.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)];
  return {
    hidden: Object.fromEntries(hidden.map(([, name, value]) => [name, value])),
    isMultipart: attributes.includes("multipart/form-data"),
  };
}
