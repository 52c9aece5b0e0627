import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GatewaySettings } from "../configuration/settings.ts";
import { BootError } from "../pool/worker-process.ts";
import { isVerb, VERBS, type Verb, type VerbResult, type Verbs } from "./verb.ts";

/** Milliseconds that the last answers may take at the end. */
const LAST_ANSWERS = 1000;

/** Where a gateway of these settings listens for verbs; undefined: nowhere. */
export function controlPath({ controlSocket, port }: GatewaySettings): string | undefined {
  if (controlSocket === "off") return undefined;
  if (controlSocket !== "") return controlSocket;
  // A port that the system chooses is no name that anybody could find.
  if (port === 0) return undefined;
  return join(process.env.XDG_RUNTIME_DIR || tmpdir(), `gateway-${port}.ctl`);
}

/**
 * Answers verbs on a Unix socket that only this user may open: POST /VERB?OPERAND, answered when
 * the verb is done.
 */
export class ControlSocket {
  readonly #server: Server;

  constructor(verbs: Verbs) {
    this.#server = createServer(async (request, response) => {
      const { pathname, search } = new URL(request.url ?? "/", "http://gateway");
      const verb = pathname.slice(1);
      const result = isVerb(verb)
        ? await carryOut(verbs[verb], Number(search.slice(1)))
        : { ok: false, told: `no such verb; there are ${VERBS.join(", ")}` };
      response.end(JSON.stringify(result));
    });
    this.#server.requestTimeout = 0;
  }

  /** @throws the listening error, or one that says that another gateway has the socket. */
  async open(path: string): Promise<void> {
    if (await answers(path)) throw new Error(`${path}: another gateway listens there`);
    rmSync(path, { force: true });
    const mask = process.umask(0o177);
    this.#server.listen(path);
    process.umask(mask);
    await once(this.#server, "listening");
  }

  /** Resolves when every verb has been answered, or after a moment. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close", { signal: AbortSignal.timeout(LAST_ANSWERS) });
    this.#server.close();
    await closed.catch(() => undefined);
  }
}

async function carryOut(verb: Verbs[Verb], operand: number): Promise<VerbResult> {
  try {
    return { ok: true, told: await verb(operand) };
  } catch (error) {
    const told = error instanceof Error ? error.message : String(error);
    return error instanceof BootError
      ? { ok: false, told, detail: error.detail }
      : { ok: false, told };
  }
}

async function answers(path: string): Promise<boolean> {
  const socket = createConnection(path);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
