import type { Exchange } from "../../exchange/exchange.ts";
import type { WebSettings } from "../../settings.ts";
import { AcmeFolder } from "./acme-folder.ts";

const PREFIX = "/.well-known/acme-challenge/";

/** Answers the ACME server's http-01 question on plain HTTP, ahead of all redirects. */
export class Challenge {
  readonly #folder: AcmeFolder | undefined;

  constructor({ acmeDomains, acmeFolder }: WebSettings) {
    this.#folder = acmeDomains.length === 0 ? undefined : new AcmeFolder(acmeFolder);
  }

  /** Whether the exchange asked for a challenge of ours, and has been answered. */
  answers(exchange: Exchange): boolean {
    if (this.#folder === undefined || !exchange.target.startsWith(PREFIX)) return false;
    const authorization = this.#folder.challenge(exchange.target.slice(PREFIX.length));
    if (authorization === undefined) return false;
    const body = Buffer.from(authorization);
    const length = String(body.length);
    const fields = ["Content-Type", "application/octet-stream", "Content-Length", length];
    exchange.respond(200, fields, body);
    return true;
  }
}
