import { type FileHandle, open, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { Flood, type Logger, reasonOf } from "@gatehouse/telemetry";
import { EdgeError, UpstreamError } from "../exchange/edge-error.ts";
import type { WebSettings } from "../settings.ts";
import { type BodyWriter, brokenOff, type RequestBody, tooLarge } from "./request-body.ts";
import type { ProxiedRequest } from "./upstream-request.ts";

const PIECE = 64 * 1024;

/** Receives whole bodies, so that slow clients hold no worker: memory first, then disk. */
export class BodyBuffer {
  readonly #settings: WebSettings;
  readonly #logger: Logger;
  /** A line in 5 s: a full disk fails every upload. */
  readonly #flood = new Flood(1 / 5, 1);
  #onDisk = 0;
  /** Bytes in memory, by connection. */
  readonly #kept = new WeakMap<object, number>();

  constructor(settings: WebSettings, logger: Logger) {
    this.#settings = settings;
    this.#logger = logger;
  }

  /**
   * @param limit bytes that the body may have; the caller must `discard` it
   * @param request counts what is kept of it in memory
   * @throws EdgeError 413 or 503; UpstreamError where the body broke off
   */
  async take(body: Readable, limit: number, request: Buffered): Promise<BufferedBody> {
    const { bufferDisk } = this.#settings;
    const whole = new BufferedBody(request);
    try {
      for await (const piece of body.iterator({ destroyOnReturn: false })) {
        const length = whole.length + piece.length;
        if (length > limit) throw tooLarge(limit);
        if (this.#fits(whole, piece)) {
          this.#keep(whole, piece);
          request.keptBytes = length;
        } else if (this.#onDisk + piece.length > bufferDisk) {
          throw noRoom();
        } else {
          await this.#spill(whole, piece);
        }
      }
      return whole;
    } catch (error) {
      await this.discard(whole);
      if (error instanceof EdgeError) throw error;
      throw body.destroyed ? brokenOff() : error;
    }
  }

  /** Whether a piece may be kept in memory: above the memory of its connection all would be broken off. */
  #fits({ length, onDisk, connection }: BufferedBody, piece: Buffer): boolean {
    const { bufferMemory, limitConnectionMemory } = this.#settings;
    const kept = this.#kept.get(connection) ?? 0;
    return (
      onDisk === 0 &&
      length + piece.length <= bufferMemory &&
      kept + piece.length <= limitConnectionMemory / 2
    );
  }

  #keep(whole: BufferedBody, piece: Buffer): void {
    const { connection } = whole;
    whole.keep(piece);
    this.#kept.set(connection, (this.#kept.get(connection) ?? 0) + piece.length);
  }

  /** @throws EdgeError 503 where the disk takes no more: another replica would not help */
  async #spill(whole: BufferedBody, piece: Buffer): Promise<void> {
    const { bufferFolder: folder } = this.#settings;
    this.#onDisk += piece.length;
    try {
      await whole.spill(piece, folder);
    } catch (error) {
      const leftOut = this.#flood.admit(performance.now());
      if (leftOut !== undefined) {
        const more = leftOut > 0 ? { left_out: leftOut } : {};
        const reason = reasonOf(error);
        this.#logger.error("a body cannot be buffered", { folder, reason, ...more });
      }
      throw noRoom();
    }
  }

  async discard(whole: BufferedBody): Promise<void> {
    this.#onDisk -= whole.onDisk;
    const { connection, inMemory } = whole;
    this.#kept.set(connection, (this.#kept.get(connection) ?? 0) - inMemory);
    whole.request.keptBytes = 0;
    await whole.close();
  }
}

const noRoom = () =>
  new EdgeError("upstream-busy", 503, "Too many uploads. Please try again later.");

/** The request of a body, which counts what is kept of it in memory. */
type Buffered = Pick<ProxiedRequest, "connection" | "keptBytes">;

/** A whole body: its beginning in memory, its rest in an unlinked file. */
class BufferedBody implements RequestBody {
  readonly replayable = true;
  readonly request: Buffered;
  readonly #pieces: Buffer[] = [];
  #file: FileHandle | undefined;
  #resumed: (() => void) | undefined;
  #to: BodyWriter | undefined;
  inMemory = 0;
  onDisk = 0;

  constructor(request: Buffered) {
    this.request = request;
  }

  /** The connection of its client. */
  get connection(): object {
    return this.request.connection;
  }

  get length(): number {
    return this.inMemory + this.onDisk;
  }

  keep(piece: Buffer): void {
    this.#pieces.push(piece);
    this.inMemory += piece.length;
  }

  async spill(piece: Buffer, folder: string): Promise<void> {
    this.onDisk += piece.length;
    this.#file ??= await openNameless(folder);
    await this.#file.write(piece);
  }

  start(to: BodyWriter): void {
    this.#to = to;
    // A fault of the disk: another replica would not help.
    this.#send(to).catch((error: unknown) => {
      to.fail(new UpstreamError("REQUEST_BROKE", `a buffered body is lost: ${error}`));
    });
  }

  resume(): void {
    this.#resumed?.();
  }

  stop(): void {
    this.#to = undefined;
    this.#resumed?.();
  }

  async close(): Promise<void> {
    this.stop();
    await this.#file?.close();
    this.#file = undefined;
  }

  async #send(to: BodyWriter): Promise<void> {
    for (const piece of this.#pieces) if (!(await this.#write(to, piece))) return;
    for (let at = 0; at < this.onDisk && this.#file !== undefined; ) {
      const piece = Buffer.allocUnsafe(Math.min(PIECE, this.onDisk - at));
      const { bytesRead } = await this.#file.read(piece, 0, piece.length, at);
      if (bytesRead === 0) throw new Error("a buffered body became shorter on disk");
      if (!(await this.#write(to, piece.subarray(0, bytesRead)))) return;
      at += bytesRead;
    }
    to.bodyEnded();
  }

  /** Resolves once there is room for more; false where no more is wanted. */
  async #write(to: BodyWriter, piece: Buffer): Promise<boolean> {
    if (this.#to !== to) return false;
    if (!to.write(piece)) {
      await new Promise<void>((resolve) => {
        this.#resumed = resolve;
      });
      this.#resumed = undefined;
    }
    return this.#to === to;
  }
}

/** A file that the system removes as soon as it is closed, even by the end of the process. */
async function openNameless(folder: string): Promise<FileHandle> {
  const name = join(folder, `gatehouse-body-${crypto.randomUUID()}`);
  const file = await open(name, "wx+", 0o600);
  await unlink(name);
  return file;
}
