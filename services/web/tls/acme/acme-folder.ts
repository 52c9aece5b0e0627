import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Exchange } from "../../exchange/exchange.ts";
import { Claim } from "./claim.ts";

/** The path of a challenge (RFC 8555, section 8.3). */
const CHALLENGE_PATH = "/.well-known/acme-challenge/";
/** The name of a challenge: base64url (RFC 8555, section 8.1). */
const TOKEN = /^[A-Za-z0-9_-]{1,128}$/;

/** Our account at an ACME server (RFC 8555, section 7.1.2). */
export interface Account {
  readonly directory: string;
  readonly url: string;
  readonly key: string;
}

/**
 * The files of ACME on their volume. Every edge that shares the volume serves them, so that it does
 * not matter which of them gets a challenge, or has ordered the certificate.
 */
export class AcmeFolder {
  readonly #account: string;
  readonly #bundle: string;
  readonly #challenges: string;
  /** The right to order: one edge on the volume has it. */
  readonly claim: Claim;

  constructor(folder: string) {
    this.#account = join(folder, "account.json");
    this.#bundle = join(folder, "certificate.pem");
    this.claim = new Claim(folder);
    this.#challenges = join(folder, "challenges");
  }

  prepare(): void {
    mkdirSync(this.#challenges, { recursive: true, mode: 0o700 });
  }

  /** The account at an ACME server; undefined where there is none yet, or one elsewhere only. */
  accountAt(directory: string): Account | undefined {
    const text = read(this.#account);
    if (text === undefined) return undefined;
    const account: Account = JSON.parse(text);
    return account.directory === directory ? account : undefined;
  }

  keepAccount(account: Account): void {
    write(this.#account, `${JSON.stringify(account)}\n`);
  }

  /** The certificate that was issued last, with its key, both PEM. */
  get bundle() {
    const text = read(this.#bundle);
    if (text === undefined) return undefined;
    const begin = text.indexOf("-----BEGIN CERTIFICATE-----");
    return { file: this.#bundle, key: text.slice(0, begin), chain: text.slice(begin) };
  }

  /** Writes key and chain into one file, so that no edge ever reads one without the other. */
  keepBundle(key: string, chain: string): void {
    write(this.#bundle, `${key.trim()}\n${chain.trim()}\n`);
  }

  /** Responds to a challenge that lies here. @returns false for any other request */
  respond(exchange: Exchange): boolean {
    if (!exchange.target.startsWith(CHALLENGE_PATH)) return false;
    const token = exchange.target.slice(CHALLENGE_PATH.length);
    const authorization = TOKEN.test(token) ? read(join(this.#challenges, token)) : undefined;
    if (authorization === undefined) return false;
    const body = Buffer.from(authorization);
    const fields = ["Content-Type", "application/octet-stream"];
    exchange.respond(200, [...fields, "Content-Length", String(body.length)], body);
    return true;
  }

  /** @param authorization the response to the challenge. @throws Error for a token that is none. */
  keepChallenge(token: string, authorization: string): void {
    if (!TOKEN.test(token)) throw new Error("the ACME server sent a token that is none");
    write(join(this.#challenges, token), authorization);
  }

  removeChallenge(token: string): void {
    if (TOKEN.test(token)) rmSync(join(this.#challenges, token), { force: true });
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function write(file: string, content: string): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, content, { mode: 0o600 });
  renameSync(draft, file);
}
