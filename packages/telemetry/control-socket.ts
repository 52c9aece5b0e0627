import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import { createConnection } from "node:net";
import { text } from "node:stream/consumers";

/** What a verb did, as one line, or why it failed; `detail` is what somebody else said of it. */
export interface VerbResult {
  readonly ok: boolean;
  readonly told: string;
  readonly detail?: string;
}

/**
 * What each verb does with the words after it. It resolves with its result, or rejects with the
 * reason why it failed; an error's `detail` is handed on.
 */
export type Verbs<Verb extends string> = Readonly<
  Record<Verb, (words: readonly string[]) => Promise<string>>
>;

/** Milliseconds that the last answers may take at the end. */
const LAST_ANSWERS = 1000;

/**
 * Answers verbs on a Unix socket that only this user may open: POST /VERB with the words after it as
 * a JSON list, answered when the verb is done.
 */
export class ControlSocket {
  readonly #server: Server;

  constructor(verbs: Verbs<string>) {
    this.#server = createServer(async (asked, response) => {
      const verb = (asked.url ?? "").slice(1);
      const result = Object.hasOwn(verbs, verb)
        ? await carryOut(verbs[verb], asked)
        : { ok: false, told: `no such verb; there are ${Object.keys(verbs).join(", ")}` };
      response.end(JSON.stringify(result));
    });
    this.#server.requestTimeout = 0;
  }

  /** @throws the listening error, or one that says that somebody else has the socket. */
  async open(path: string): Promise<void> {
    if (await answers(path)) throw new Error(`${path}: another process listens there`);
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

/**
 * Has whoever listens on a control socket carry out a verb. A verb may take as long as it takes:
 * nothing times out here.
 * @returns undefined when nobody answers
 */
export async function callVerb(
  socketPath: string,
  verb: string,
  words: readonly string[],
): Promise<VerbResult | undefined> {
  try {
    const asked = request({ socketPath, path: `/${verb}`, method: "POST", agent: false });
    asked.end(JSON.stringify(words));
    const [answer]: IncomingMessage[] = await once(asked, "response");
    return answer && JSON.parse(await text(answer));
  } catch {
    return undefined;
  }
}

async function carryOut(verb: Verbs<string>[string] | undefined, asked: IncomingMessage) {
  try {
    // Whoever asks may break off within its words.
    return { ok: true, told: await verb?.(JSON.parse(await text(asked))) };
  } catch (error) {
    const told = error instanceof Error ? error.message : String(error);
    return error instanceof Error && "detail" in error
      ? { ok: false, told, detail: String(error.detail) }
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
