import { execFileSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bridge } from "./bridge.ts";

/** The one package that it has. */
export const PACKAGE = { name: "@shop/money", version: "1.0.0" } as const;

/** A registry as a company runs one: without its token nothing is to be had. Builds reach it. */
export class PrivateRegistry implements AsyncDisposable {
  readonly #server: Server;
  readonly #token: string;
  readonly #address: string;

  private constructor(server: Server, token: string, address: string) {
    this.#server = server;
    this.#token = token;
    this.#address = address;
  }

  static async start(token: string): Promise<PrivateRegistry> {
    const tarball = await pack();
    const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
    const server = createServer((request, response) => {
      if (request.headers.authorization !== `Bearer ${token}`) {
        response.writeHead(401).end("{}");
      } else if (request.url?.endsWith(".tgz")) {
        response.end(tarball);
      } else {
        const dist = { tarball: `http://${request.headers.host}/money-1.0.0.tgz`, integrity };
        const version = { ...PACKAGE, dist };
        response.setHeader("Content-Type", "application/json").end(
          JSON.stringify({
            name: PACKAGE.name,
            "dist-tags": { latest: PACKAGE.version },
            versions: { [PACKAGE.version]: version },
          }),
        );
      }
    });
    const host = bridge();
    server.listen(0, host);
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return new PrivateRegistry(server, token, `${host}:${address.port}`);
  }

  /** npm's configuration of a user who may use it. */
  get npmrc(): string {
    return [
      `@shop:registry=http://${this.#address}/`,
      `//${this.#address}/:_authToken=${this.#token}`,
    ].join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close().closeAllConnections();
    await once(this.#server, "close");
  }
}

/** The package as npm publishes it. */
async function pack(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-package-"));
  try {
    await writeFile(join(folder, "package.json"), JSON.stringify({ ...PACKAGE, main: "index.js" }));
    // Each time another content: npm takes what it has in its cache without a request.
    const program = `module.exports = (cents) => cents / 100; // ${randomUUID()}\n`;
    await writeFile(join(folder, "index.js"), program);
    const name = execFileSync("npm", ["pack", "--silent"], { cwd: folder, encoding: "utf8" });
    return await readFile(join(folder, name.trim()));
  } finally {
    await rm(folder, { recursive: true });
  }
}
