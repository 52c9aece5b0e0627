import { type FileHandle, open, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { EdgeError } from "../exchange/edge-error.ts";
import { type BodyWriter, brokenOff, type RequestBody, tooLarge } from "./request-body.ts";
import { UpstreamError } from "./upstream-error.ts";

/** Where bodies are kept that a route takes whole before anything is sent on. */
export interface BufferLimits {
  /** Bytes of one body in memory; the rest goes to disk. */
  readonly memory: number;
  /** Bytes of all bodies on disk together. */
  readonly disk: number;
  readonly folder: string;
}

const PIECE = 64 * 1024;

/** Keeps the bodies of slow clients away from the workers: memory first, then disk. */
export class BodyBuffer {
  readonly #limits: BufferLimits;
  #onDisk = 0;

  constructor(limits: BufferLimits) {
    this.#limits = limits;
  }

  /** Bytes on disk at the moment. */
  get onDisk(): number {
    return this.#onDisk;
  }

  /**
   * Takes a whole body; whoever has it must `discard` it.
   * @param limit bytes that it may have
   * @throws EdgeError 413 or 503; UpstreamError where the body broke off
   */
  async take(body: Readable, limit: number): Promise<BufferedBody> {
    const kept = new BufferedBody((bytes) => this.#account(bytes));
    try {
      for await (const piece of body.iterator({ destroyOnReturn: false })) {
        if (kept.length + piece.length > limit) throw tooLarge(limit);
        if (kept.length + piece.length <= this.#limits.memory) kept.keep(piece);
        else await kept.spill(piece, this.#limits.folder);
      }
      return kept;
    } catch (error) {
      await kept.discard();
      if (error instanceof EdgeError) throw error;
      if (body.errored !== null || body.destroyed) {
        throw brokenOff();
      }
      throw error;
    }
  }

  #account(bytes: number): void {
    if (bytes > 0 && this.#onDisk + bytes > this.#limits.disk) {
      throw new EdgeError("upstream-busy", 503, "Too many uploads are under way.");
    }
    this.#onDisk += bytes;
  }
}

/** A whole body: its beginning in memory, its rest in a file that has no name any more. */
export class BufferedBody implements RequestBody {
  readonly replayable = true;
  readonly #account: (bytes: number) => void;
  readonly #pieces: Buffer[] = [];
  #file: FileHandle | undefined;
  #inMemory = 0;
  #inFile = 0;
  #resumed: (() => void) | undefined;
  #to: BodyWriter | undefined;

  /** @param account is told how many bytes more (or less) lie on disk; throws where it is too much */
  constructor(account: (bytes: number) => void) {
    this.#account = account;
  }

  get length(): number {
    return this.#inMemory + this.#inFile;
  }

  keep(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#inMemory += piece.length;
  }

  async spill(piece: Buffer, folder: string): Promise<void> {
    this.#account(piece.length);
    this.#inFile += piece.length;
    this.#file ??= await openNameless(folder);
    await this.#file.write(piece);
  }

  start(to: BodyWriter): void {
    this.#to = to;
    // The disk's fault, not the replica's.
    this.#send(to).catch((error: unknown) => {
      to.bodyBroke(new UpstreamError("REQUEST_BROKE", `a buffered body is lost: ${error}`));
    });
  }

  resume(): void {
    this.#resumed?.();
  }

  stop(): void {
    this.#to = undefined;
    this.#resumed?.();
  }

  /** Gives the space back. */
  async discard(): Promise<void> {
    this.stop();
    this.#account(-this.#inFile);
    this.#inFile = 0;
    await this.#file?.close();
    this.#file = undefined;
  }

  async #send(to: BodyWriter): Promise<void> {
    for (const piece of this.#pieces) if (!(await this.#write(to, piece))) return;
    for (let at = 0; at < this.#inFile && this.#file !== undefined; ) {
      const piece = Buffer.allocUnsafe(Math.min(PIECE, this.#inFile - at));
      const { bytesRead } = await this.#file.read(piece, 0, piece.length, at);
      if (bytesRead === 0) throw new Error("a buffered body became shorter on disk");
      if (!(await this.#write(to, piece.subarray(0, bytesRead)))) return;
      at += bytesRead;
    }
    to.bodyEnded();
  }

  /** Resolves, once there is room for more, with whether more is wanted. */
  async #write(to: BodyWriter, piece: Buffer): Promise<boolean> {
    if (this.#to !== to) return false;
    if (!to.write(piece)) {
      await new Promise<void>((resumed) => {
        this.#resumed = resumed;
      });
      this.#resumed = undefined;
    }
    return this.#to === to;
  }
}

/** A file that is gone as soon as it is closed, even if it is the process that goes. */
async function openNameless(folder: string): Promise<FileHandle> {
  const name = join(folder, `gatehouse-body-${crypto.randomUUID()}`);
  const file = await open(name, "wx+", 0o600);
  await unlink(name);
  return file;
}
