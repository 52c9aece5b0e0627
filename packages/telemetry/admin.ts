import { rmSync } from "node:fs";
import { createServer, type Server } from "node:http";

/**
 * The header field by which /readyz names the Unix socket of a gateway: a file of the folder that it
 * shares with the web server of its host.
 */
export const SOCKET_FIELD = "x-gateway-socket";

export interface AdminPages {
  /** Undefined while the process makes progress; otherwise what is wrong. */
  livez(): string | undefined;
  readyz(): Readiness;
  /** Header fields of /readyz, for who checks it. */
  readyzFields?(): Readonly<Record<string, string>>;
  metrics(): Promise<string>;
  /** A value that becomes JSON, or a promise of it. */
  status(): unknown;
}

export type Readiness = "starting" | "ready" | "draining";

interface AdminAddress {
  readonly host: string;
  readonly port: number;
  /** A Unix socket for the container's own health check; "" for none. */
  readonly socket: string;
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly fields: Readonly<Record<string, string>> | undefined;
}

export class Admin {
  readonly #servers: Server[] = [];
  readonly #pages: AdminPages;

  constructor(pages: AdminPages) {
    this.#pages = pages;
  }

  /** @throws the listening error, such as EADDRINUSE. */
  async listen(address: AdminAddress): Promise<void> {
    await this.listenAt(address);
    if (address.socket !== "") await this.listenOn(address.socket);
  }

  /** Listens on a port. @throws the listening error, such as EADDRINUSE. */
  async listenAt({ host, port }: Pick<AdminAddress, "host" | "port">): Promise<void> {
    await this.#listen({ host, port, reusePort: true });
  }

  /** Listens on a Unix socket. @throws the listening error, such as EACCES. */
  async listenOn(socket: string): Promise<void> {
    rmSync(socket, { force: true });
    await this.#listen({ path: socket });
  }

  /** 0 where it listens on none. */
  get port(): number {
    const addresses = this.#servers.map((server) => server.address());
    return addresses.find((address) => typeof address === "object")?.port ?? 0;
  }

  /** Closes kept connections without a request: a web server checks a gateway again at once then. */
  closeIdle(): void {
    for (const server of this.#servers) server.closeIdleConnections();
  }

  close(): void {
    for (const server of this.#servers) {
      server.close();
      server.closeAllConnections();
    }
  }

  async #listen(where: object): Promise<void> {
    const server = createServer(async (request, response) => {
      const page = await this.#page(request.url ?? "/").catch((error: unknown) =>
        text(500, String(error)),
      );
      response.writeHead(page.status, { "content-type": page.type, ...page.fields });
      response.end(page.body);
    });
    this.#servers.push(server);
    await new Promise<void>((listening, failed) => {
      server.once("error", failed).listen(where, listening);
    });
  }

  async #page(path: string): Promise<Page> {
    switch (path) {
      case "/livez": {
        const failure = this.#pages.livez();
        return text(failure === undefined ? 200 : 503, failure ?? "alive");
      }
      case "/readyz": {
        const readiness = this.#pages.readyz();
        const fields = this.#pages.readyzFields?.();
        return { ...text(readiness === "ready" ? 200 : 503, readiness), fields };
      }
      case "/metrics": {
        const body = await this.#pages.metrics();
        return { ...text(200, ""), type: "text/plain; version=0.0.4", body };
      }
      case "/status": {
        const body = `${JSON.stringify(await this.#pages.status())}\n`;
        return { ...text(200, ""), type: "application/json", body };
      }
      default:
        return text(404, "see /livez, /readyz, /metrics, /status");
    }
  }
}

function text(status: number, line: string): Page {
  return { status, type: "text/plain", body: `${line}\n`, fields: undefined };
}
