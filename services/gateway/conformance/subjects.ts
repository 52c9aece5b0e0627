import { exampleModule } from "../testing/gateway-process.ts";

/** What the conformance suite runs, and what each of them cannot have, with the reason. */
export interface Example {
  /** The column of the matrix. */
  readonly name: string;
  readonly module: string;
  readonly flags: readonly string[];
  /** Where in the gateway it stands. */
  readonly path: string;
  /** Reasons by the beginning of a behaviour's name. */
  readonly cannot: Readonly<Record<string, string>>;
}

const MIDDLEWARE = `--middleware=${exampleModule("html-banner.ts")}`;

const example = (name: string, module: string, more: Partial<Example> = {}): Example => ({
  name,
  module: exampleModule(module),
  flags: [],
  path: "",
  cannot: {},
  ...more,
});

const NO_SERVER = {
  "a WebSocket": "a listener has no server that could take upgrades",
  "a drain closes": "it has no WebSockets",
};
const ONE_ROUTE = "it has one route, which returns at once what it received";

export const examples: readonly Example[] = [
  example("echo", "echo.ts", {
    cannot: {
      ...NO_SERVER,
      "an empty body": "without a body it shows the request",
      ...Object.fromEntries(
        ["JSON is", "204", "304", "several", "repeated", "an error", "a response", "server-sent"]
          .concat("a client that leaves", "an upload", "after a body")
          .map((name) => [name, ONE_ROUTE]),
      ),
    },
  }),
  example("node", "conformance/node.ts", { cannot: NO_SERVER }),
  example("express", "conformance/express.ts"),
  example("fastify", "conformance/fastify.ts"),
  example("koa", "conformance/koa.ts"),
  example("hono", "conformance/hono.ts"),
  example("express+mw", "conformance/express.ts", { flags: [MIDDLEWARE] }),
  example("fastify+mw", "conformance/fastify.ts", { flags: [MIDDLEWARE] }),
  example("hono+mw", "conformance/hono.ts", { flags: [MIDDLEWARE] }),
  example("koa in /sub", "conformance/koa.ts", { flags: ["--root-path=/sub"], path: "/sub" }),
];
