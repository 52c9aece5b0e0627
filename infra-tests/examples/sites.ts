/** What a site of an example can show: each is a test. */
export type Feature =
  | "page"
  | "json"
  | "post"
  | "upload"
  | "redirect"
  | "cookie"
  | "missing"
  | "error"
  | "stream"
  | "websocket"
  | "socket.io";

/** One of the ways to write a Node server. */
export interface ExampleSite {
  readonly name: string;
  /** The module that the gateway loads. */
  readonly module: string;
  /** A project of its own in examples/, built as an application in services/app is; else one image has all. */
  readonly project?: "next-isr";
  readonly features: readonly Feature[];
  /** The line that each worker writes when its hooks have run. */
  readonly closes: RegExp;
}

const HTTP = "page json post upload redirect cookie missing error".split(" ") as Feature[];
const STREAMS: readonly Feature[] = [...HTTP, "stream"];
const ALL: readonly Feature[] = [...STREAMS, "websocket"];

/** `make test` runs these, which are built in one image, through the chain. */
export const QUICK: readonly ExampleSite[] = [
  {
    name: "express-generator",
    module: "examples/express-generator/bin/www",
    features: HTTP,
    closes: /^express-generator is closed$/gm,
  },
  { name: "Koa", module: "examples/koa.ts", features: ALL, closes: /^Koa is closed$/gm },
  { name: "h3", module: "examples/h3.ts", features: ALL, closes: /^h3 is closed$/gm },
  {
    name: "Socket.IO",
    module: "examples/socket-io.ts",
    features: ["page", "json", "redirect", "missing", "error", "socket.io"],
    closes: /^Socket\.IO is closed$/gm,
  },
];

/** `make prove` runs these too. */
export const OTHERS: readonly ExampleSite[] = [
  { name: "Hapi", module: "examples/hapi.ts", features: STREAMS, closes: /^Hapi has stopped$/gm },
  { name: "Polka", module: "examples/polka.mjs", features: ALL, closes: /^Polka is closed$/gm },
];

export const NEXT: ExampleSite = {
  name: "Next",
  module: "services/app/.next/standalone/services/app/server.js",
  project: "next-isr",
  features: STREAMS,
  closes: /^Next is closed$/gm,
};
