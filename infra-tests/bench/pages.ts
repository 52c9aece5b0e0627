/** What a response must be, before and while it is measured. */
export interface Expected {
  readonly type: RegExp;
  /** @returns what is wrong with the body; undefined: nothing */
  readonly flaw: (body: Buffer) => string | undefined;
}

/** One kind of request that all chains are measured with. */
export interface Page {
  readonly title: string;
  readonly target: string;
  readonly scheme: "http" | "https";
  readonly client: "wrk" | "h2load";
  readonly connections: number;
  /** Loaded so long in every round, however short the others are. */
  readonly atLeastSeconds?: number;
  /** Bytes of a body that is posted. */
  readonly upload?: number;
  /** Connections that are open beside and do nothing. */
  readonly idle?: number;
  /** Only of chains that have pages of their own. */
  readonly own?: true;
  readonly expected: Expected;
}

const CONNECTIONS = 32;
/** For long bodies: enough to keep two processors busy, and few enough that some end in the time. */
const LONG = { connections: 4, atLeastSeconds: 5 } as const;
const MEBIBYTE = 1024 * 1024;
export const LARGE_BYTES = 10 * MEBIBYTE;
export const UPLOAD_BYTES = 5 * MEBIBYTE;
/** The size of the static file, in bytes: that of a usual style sheet. */
export const ASSET_BYTES = 14 * 1024;
/** Its name has a hash, as those of all assets. */
export const ASSET = "bench.0123456789abcdef.css";

const plain = {
  target: "/plain",
  scheme: "http",
  client: "wrk",
  connections: CONNECTIONS,
  expected: { type: /^text\/plain(; *charset=utf-8)?$/i, flaw: is("Hello, World!") },
} as const satisfies Omit<Page, "title">;

export const PAGES = {
  plain: { ...plain, title: "plain text" },
  json: {
    ...plain,
    title: "JSON",
    target: "/json",
    expected: {
      type: /^application\/json(; *charset=utf-8)?$/i,
      flaw: isJson({ message: "Hello, World!" }),
    },
  },
  fortunes: {
    ...plain,
    title: "Fortunes: one query, 13 rows, a template",
    target: "/fortunes",
    expected: { type: /^text\/html; *charset=utf-8$/i, flaw: fortunesFlaw },
  },
  site: {
    ...plain,
    title: "first page of the site's own application",
    target: "/",
    own: true,
    expected: {
      type: /^text\/html; *charset=utf-8$/i,
      flaw: (body) => (body.includes("</html>") ? undefined : "it is no page of HTML"),
    },
  },
  asset: {
    ...plain,
    title: "static file of 14 KB",
    target: `/assets/${ASSET}`,
    expected: { type: /^text\/css(; *charset=utf-8)?$/i, flaw: hasLength(ASSET_BYTES) },
  },
  down: {
    ...plain,
    title: "10 MB down",
    target: "/down",
    ...LONG,
    expected: { type: /^application\/octet-stream$/i, flaw: hasLength(LARGE_BYTES) },
  },
  up: {
    ...plain,
    title: "5 MB up",
    target: "/up",
    ...LONG,
    upload: UPLOAD_BYTES,
    expected: {
      type: /^application\/json(; *charset=utf-8)?$/i,
      flaw: isJson({ bytes: UPLOAD_BYTES }),
    },
  },
  idle: { ...plain, title: "plain text beside 1,000 idle connections", idle: 1000 },
  https: { ...plain, title: "plain text by HTTPS, HTTP/1.1", scheme: "https" },
  http2: { ...plain, title: "plain text by HTTPS, HTTP/2", scheme: "https", client: "h2load" },
} as const satisfies Readonly<Record<string, Page>>;

export type PageName = keyof typeof PAGES;

function is(text: string) {
  return (body: Buffer) =>
    body.toString() === text ? undefined : `its body is ${shown(body)}, not ${text}`;
}

function isJson(value: unknown) {
  const wanted = JSON.stringify(value);
  return (body: Buffer) => {
    try {
      if (JSON.stringify(JSON.parse(body.toString())) === wanted) return undefined;
    } catch {
      // Not JSON at all: the same finding.
    }
    return `its body is ${shown(body)}, not ${wanted}`;
  };
}

function hasLength(bytes: number) {
  return (body: Buffer) =>
    body.length === bytes ? undefined : `its body has ${body.length} bytes, not ${bytes}`;
}

function shown(body: Buffer): string {
  return JSON.stringify(body.subarray(0, 100).toString());
}

/** The rules of TechEmpower's test: twelve rows and one more, sorted by text, escaped. */
export function fortunesFlaw(body: Buffer): string | undefined {
  const page = body.toString();
  if (!/^<!doctype html>/i.test(page)) return "it does not begin with <!DOCTYPE html>";
  if (page.includes("<script>")) return "a message is not escaped";
  const rows = [...page.matchAll(/<tr><td>(\d+)<\/td><td>([^<]*)<\/td><\/tr>/g)];
  if (rows.length !== 13) return `it has ${rows.length} rows, not 13`;
  const order = rows.map(([, id]) => id).join(" ");
  const sorted = "11 4 5 2 8 0 3 7 10 6 9 1 12";
  if (order !== sorted) return `its rows are ${order}, not ${sorted}`;
  if (!rows.some(([, id, text]) => id === "0" && /^Additional fortune/.test(text ?? ""))) {
    return "the row that is added at request time is missing";
  }
  return page.includes("フレームワークのベンチマーク") ? undefined : "its UTF-8 is broken";
}
