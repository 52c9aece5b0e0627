import { type AccessLine, jsonWord, LineWriter, millisecondsText } from "@gatehouse/telemetry";

const LONGEST_TARGET = 1024;
const LONGEST_CLIENT = 256;

/** How every line of this process ends. */
const END = `,"pid":${process.pid},"message":"access"}\n`;

/** A gateway's access line; `client` is X-Forwarded-For as the gateway settled it. */
export interface GatewayAccessLine extends Omit<AccessLine, "duration_ms"> {
  /** Milliseconds. */
  readonly duration: number;
  readonly client: string;
}

/**
 * The access lines of one worker, in the form of the logger's lines, on stdout or in a file.
 * Written by hand, since every request has one; a reader that does not read delays no request.
 */
export class AccessLog {
  readonly #writer: LineWriter;
  #now = 0;
  #begun = "";

  /**
   * @param place "-" is stdout, "off" is nowhere, anything else a file.
   * @throws the error of opening the file.
   */
  constructor(place: string) {
    this.#writer = new LineWriter(place);
  }

  write(line: GatewayAccessLine): void {
    if (!this.#writer.open) return;
    this.#writer.write(
      `${this.#beginning()}${line.request_id}","traceparent":"${line.traceparent}",` +
        `"method":"${line.method}","target":${jsonWord(line.target, LONGEST_TARGET)},` +
        `"status":${line.status},"duration_ms":${millisecondsText(line.duration)},` +
        `"client":${jsonWord(line.client, LONGEST_CLIENT)}${END}`,
    );
  }

  /** Opens the file anew, after it was moved away. @throws the error of opening it. */
  reopen(): void {
    this.#writer.reopen();
  }

  /** Writes what has gathered. */
  flush(): void {
    this.#writer.flush();
  }

  /** Up to the request id. Under load many lines are of the same millisecond. */
  #beginning(): string {
    const now = Date.now();
    if (now !== this.#now) {
      const time = new Date(now).toISOString();
      this.#now = now;
      this.#begun = `{"level":"info","time":"${time}","tier":"gateway","request_id":"`;
    }
    return this.#begun;
  }
}
