import assert from "node:assert/strict";
import type { Site } from "../site.ts";

type Fields = Readonly<Record<string, string | Blob>>;

/** The password of every test visitor. */
export const PASSWORD = "correct horse battery";

/** The smallest PNG: one transparent pixel. */
export const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
);

/** A file of a form. */
export const file = (content: Buffer, type = "image/png", name = "picture.png"): File =>
  new File([new Uint8Array(content)], name, { type });

/** A browser without JavaScript: it keeps cookies and sends forms with their hidden fields. */
export class Visitor {
  readonly #site: Site;
  readonly #cookies = new Map<string, string>();
  readonly #headers: Readonly<Record<string, string>>;

  /** @param headers fields that the web server adds to each request */
  constructor(site: Site, headers: Record<string, string> = {}) {
    this.#site = site;
    this.#headers = headers;
  }

  get cookies(): ReadonlyMap<string, string> {
    return this.#cookies;
  }

  /** Puts a cookie into the browser. */
  set(name: string, value: string): void {
    this.#cookies.set(name, value);
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
    const response = await this.#site.request(path, { ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/max-age=0/i.test(line)) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return response;
  }

  async status(path: string): Promise<number> {
    return (await this.request(path)).status;
  }

  /** The text of a page that must exist. */
  async page(path: string): Promise<string> {
    const response = await this.request(path);
    assert.equal(response.status, 200, `${path}: status ${response.status}`);
    return response.text();
  }

  /** The CSRF token of this visitor's forms. */
  async csrf(): Promise<string> {
    const [, csrf = ""] = /name="csrf" value="([^"]+)"/.exec(await this.page("/about")) ?? [];
    assert.notEqual(csrf, "", "the visitor is not signed in");
    return csrf;
  }

  /** Opens a page, fills in its form that posts to `action`, and sends it. */
  async send(path: string, fields: Fields, action = path): Promise<Response> {
    return this.submit(await this.page(path), action, fields);
  }

  /** Sends a form of a page that is already open. */
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

  /** Creates an account and signs in. */
  async signUp(name: string): Promise<this> {
    const response = await this.send("/sign-up", { name, password: PASSWORD });
    assert.equal(response.status, 303, await response.text());
    return this;
  }

  /** Posts a notice. @returns its path */
  async post(fields: Fields = {}): Promise<string> {
    const all = { title: "A title", body: "A body", ...fields };
    const response = await this.send("/notices/new", all);
    assert.equal(response.status, 303, await response.text());
    return response.headers.get("location") ?? "";
  }

  /** Posts a comment. @returns its path */
  async comment(notice: string, comment: string): Promise<string> {
    const response = await this.send(notice, { comment }, `${notice}/comments`);
    assert.equal(response.status, 303, await response.text());
    const ids = [...(await this.page(notice)).matchAll(/id="comment-(\d+)"/g)];
    return `/comments/${ids.at(-1)?.[1]}`;
  }
}

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
