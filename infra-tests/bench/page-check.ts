import { Agent as HttpAgent, request as http, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as https } from "node:https";
import { buffer } from "node:stream/consumers";
import type { Chain } from "./chains/chain.ts";
import type { Page } from "./pages.ts";

/** How large a response is, of a chain that passed the check. */
export interface Checked {
  readonly headBytes: number;
  readonly bodyBytes: number;
}

/** A chain that does not send what the others send. */
export class UnfitChain extends Error {
  override readonly name = "UnfitChain";
}

const WITHIN_MS = 10_000;

/**
 * Requests a page twice on one connection, and checks status, type, body, length and that the connection
 * was kept: a chain that sends something else must not be compared.
 * @throws UnfitChain that names the chain, the page and the flaw
 */
export async function checkPage(chain: Chain, page: Page): Promise<Checked> {
  const secure = page.scheme === "https";
  const options = { keepAlive: true, maxSockets: 1 };
  // Whose certificate it is matters to the contract's tests, not here.
  const agent = secure
    ? new HttpsAgent({ ...options, rejectUnauthorized: false })
    : new HttpAgent(options);
  const url = (secure ? chain.https : chain.http) + page.target;
  const fail = (flaw: string): never => {
    throw new UnfitChain(`${chain.name} is not fit to be compared: ${url}: ${flaw}`);
  };
  try {
    const first = await load(url, page, agent).catch((error: Error) => fail(error.message));
    const second = await load(url, page, agent).catch((error: Error) => fail(error.message));
    for (const { response, body } of [first, second]) {
      const type = response.headers["content-type"] ?? "none";
      if (response.statusCode !== 200) fail(`the status is ${response.statusCode}`);
      if (!page.expected.type.test(type)) fail(`the Content-Type is ${type}`);
      const flaw = page.expected.flaw(body);
      if (flaw !== undefined) fail(flaw);
    }
    if (!second.reused) fail("the connection was not kept for a second request");
    const headBytes = first.response.rawHeaders.join("").length;
    return { headBytes, bodyBytes: first.body.length };
  } finally {
    agent.destroy();
  }
}

interface Loaded {
  readonly response: IncomingMessage;
  readonly body: Buffer;
  readonly reused: boolean;
}

async function load(url: string, { upload }: Page, agent: HttpAgent): Promise<Loaded> {
  const { promise, resolve, reject } = Promise.withResolvers<Loaded>();
  const send = url.startsWith("https:") ? https : http;
  const method = upload === undefined ? "GET" : "POST";
  const outgoing = send(url, { agent, method, signal: AbortSignal.timeout(WITHIN_MS) });
  outgoing.on("error", reject);
  outgoing.on("response", (response) => {
    buffer(response).then(
      (body) => resolve({ response, body, reused: outgoing.reusedSocket }),
      reject,
    );
  });
  outgoing.end(upload === undefined ? undefined : Buffer.alloc(upload, "x"));
  return await promise;
}
