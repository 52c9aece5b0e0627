import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { Decrypter, Encrypter } from "age-encryption";
import { Problem } from "../problem.ts";

/** The end of the names of encrypted files. `age --decrypt` reads them too. */
export const ENCRYPTED = ".age";

/** The content of a stream, encrypted for each of these public keys of age. */
export async function encrypted(
  source: Readable,
  recipients: readonly string[],
): Promise<Readable> {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return fromWeb(await encrypter.encrypt(toWeb(source)));
}

/** Secret keys of age. */
export class Identity {
  readonly #keys: readonly string[];

  /**
   * Reads them from a file as age-keygen writes it.
   * @throws Problem if it has none
   */
  static async read(path: string): Promise<Identity> {
    let text: string;
    try {
      text = await readFile(path, "utf8");
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Problem(`BACKUP_IDENTITY=${path} cannot be read: ${reason}`);
    }
    const keys = text.split("\n").map((line) => line.trim());
    const own = keys.filter((line) => line.startsWith("AGE-SECRET-KEY-"));
    if (own.length === 0) {
      throw new Problem(
        `BACKUP_IDENTITY=${path} has no line AGE-SECRET-KEY-...: name the file that age-keygen wrote`,
      );
    }
    return new Identity(own);
  }

  constructor(keys: readonly string[]) {
    this.#keys = keys;
  }

  /**
   * The content of an encrypted stream. Resolves when its head has been read.
   * @throws Problem if none of the keys opens it
   */
  async decrypted(source: Readable): Promise<Readable> {
    const decrypter = new Decrypter();
    for (const key of this.#keys) decrypter.addIdentity(key);
    try {
      return fromWeb(await decrypter.decrypt(toWeb(source)));
    } catch (error) {
      source.destroy();
      const reason = error instanceof Error ? error.message : String(error);
      throw new Problem(
        `the key of BACKUP_IDENTITY does not open this backup (${reason}): it was encrypted for another ` +
          "one; nothing was changed",
      );
    }
  }
}

// Node's streams of the web and those of the library's types are one thing with two declarations.
const toWeb = (source: Readable) =>
  Readable.toWeb(source) as unknown as globalThis.ReadableStream<Uint8Array>;
const fromWeb = (source: globalThis.ReadableStream<Uint8Array>) =>
  Readable.fromWeb(source as unknown as ReadableStream);
