import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

// `react-router-serve build/server/index.js`, as a module that the gateway loads. Dockerfile.app puts it beside the
// application. In the gateway's worker, which shares one port with others, its server is taken over.
const manifest = createRequire(import.meta.url).resolve("@react-router/serve/package.json");
const { bin } = JSON.parse(readFileSync(manifest, "utf8"));

process.argv.splice(2, Infinity, "build/server/index.js");
await import(pathToFileURL(join(dirname(manifest), bin["react-router-serve"])).href);
