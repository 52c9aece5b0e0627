import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Certificate } from "../certificate.ts";

/** What an ACME server calls a challenge: base64url (RFC 8555, section 8.1). */
const TOKEN = /^[A-Za-z0-9_-]{1,128}$/;
/** Milliseconds after which whoever has claimed the folder is gone. */
const LONGEST_CLAIM = 10 * 60_000;

/** Who we are to an ACME server (RFC 8555, section 7.1.2). */
export interface Account {
  readonly directory: string;
  readonly url: string;
  /** The private key, PEM. */
  readonly key: string;
}

/**
 * What ACME keeps on its volume. Every edge that shares the volume serves what lies here, so that it
 * does not matter which of them a challenge is asked of, or which has ordered the certificate.
 */
export class AcmeFolder {
  readonly #account: string;
  readonly #bundle: string;
  readonly #claim: string;
  readonly #challenges: string;

  constructor(folder: string) {
    this.#account = join(folder, "account.json");
    this.#bundle = join(folder, "certificate.pem");
    this.#claim = join(folder, "claim");
    this.#challenges = join(folder, "challenges");
  }

  /** Makes what is missing of it. @throws the error of the file system. */
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

  /**
   * The certificate that was issued last, or undefined.
   * @throws Error where there is one that cannot be served.
   */
  get certificate(): Certificate | undefined {
    const bundle = read(this.#bundle);
    if (bundle === undefined) return undefined;
    const begin = bundle.indexOf("-----BEGIN CERTIFICATE-----");
    return new Certificate(this.#bundle, bundle.slice(begin), bundle.slice(0, begin));
  }

  /** Key and chain lie in one file, so that nobody ever reads one without the other. */
  keep(key: string, chain: string): void {
    write(this.#bundle, `${key.trim()}\n${chain.trim()}\n`);
  }

  /** What the ACME server expects to read at a challenge's address; undefined for a wrong one. */
  challenge(token: string): string | undefined {
    return TOKEN.test(token) ? read(join(this.#challenges, token)) : undefined;
  }

  /** @throws Error for a token that is none. */
  answer(token: string, authorization: string): void {
    if (!TOKEN.test(token)) throw new Error("the ACME server sent a token that is none");
    write(join(this.#challenges, token), authorization);
  }

  withdraw(token: string): void {
    if (TOKEN.test(token)) rmSync(join(this.#challenges, token), { force: true });
  }

  /** Whether nobody else who shares the volume is ordering now; then it is ours until `release`. */
  claim(): boolean {
    try {
      if (Date.now() - statSync(this.#claim).mtimeMs > LONGEST_CLAIM) this.release();
    } catch {
      // Nobody has it.
    }
    try {
      writeFileSync(this.#claim, `${process.pid}\n`, { flag: "wx" });
      return true;
    } catch {
      return false;
    }
  }

  release(): void {
    rmSync(this.#claim, { force: true });
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** As a whole or not at all. */
function write(file: string, content: string): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, content, { mode: 0o600 });
  renameSync(draft, file);
}
