import { rmSync } from "node:fs";
import { createServer, type Server } from "node:http";

/** What a service lets operators and probes read. */
export interface AdminPages {
  /** Undefined while the process makes progress; otherwise what is wrong. */
  livez(): string | undefined;
  readyz(): Readiness;
  /** Prometheus' text format. */
  metrics(): Promise<string>;
  /** What becomes JSON, or a promise of it. */
  status(): unknown;
}

export type Readiness = "starting" | "ready" | "draining";

export interface AdminAddress {
  readonly host: string;
  readonly port: number;
  /** A Unix socket for the container's own health check; "" for none. */
  readonly socket: string;
}

/** The read-only admin server of a service, on its port and on its Unix socket. */
export class Admin {
  readonly #servers: Server[] = [];
  readonly #pages: AdminPages;

  constructor(pages: AdminPages) {
    this.#pages = pages;
  }

  /** @throws the listening error, such as EADDRINUSE. */
  async listen(address: AdminAddress): Promise<void> {
    await this.#listen({ host: address.host, port: address.port, reusePort: true });
    if (address.socket === "") return;
    rmSync(address.socket, { force: true });
    await this.#listen({ path: address.socket });
  }

  /** The TCP port that was bound, for a configured port of 0. */
  get port(): number {
    const address = this.#servers[0]?.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  close(): void {
    for (const server of this.#servers) {
      server.close();
      server.closeAllConnections();
    }
  }

  async #listen(where: object): Promise<void> {
    const server = createServer(async (request, response) => {
      const answer = await this.#answer(request.url ?? "/").catch((error: unknown) => ({
        status: 500,
        type: "text/plain",
        body: `${error}\n`,
      }));
      response.writeHead(answer.status, { "content-type": answer.type });
      response.end(answer.body);
    });
    this.#servers.push(server);
    await new Promise<void>((listening, failed) => {
      server.once("error", failed).listen(where, listening);
    });
  }

  async #answer(path: string) {
    switch (path) {
      case "/livez": {
        const trouble = this.#pages.livez();
        return text(trouble === undefined ? 200 : 503, trouble ?? "alive");
      }
      case "/readyz": {
        const readiness = this.#pages.readyz();
        return text(readiness === "ready" ? 200 : 503, readiness);
      }
      case "/metrics":
        return {
          status: 200,
          type: "text/plain; version=0.0.4",
          body: await this.#pages.metrics(),
        };
      case "/status":
        return {
          status: 200,
          type: "application/json",
          body: `${JSON.stringify(await this.#pages.status())}\n`,
        };
      default:
        return text(404, "see /livez, /readyz, /metrics, /status");
    }
  }
}

function text(status: number, line: string) {
  return { status, type: "text/plain", body: `${line}\n` };
}
