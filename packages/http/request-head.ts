import type { RawFields } from "./fields.ts";
import { FORWARDED_HEADERS } from "./forwarded-fields.ts";
import {
  type AbsoluteTarget,
  absoluteTarget,
  type TargetForm,
  targetForm,
} from "./request-target.ts";

export interface ParsedRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly httpVersion: string;
  readonly rawHeaders: RawFields;
}

/** Fields that decide where a message goes and where it ends. */
const ROUTING_AND_FRAMING = new Set(["host", "content-length", "transfer-encoding", "connection"]);

const COLON = 0x3a;
const LOWER = 0x20;
const [C, E, H, T] = ["c", "e", "h", "t"].map((letter) => letter.charCodeAt(0));

/** What the rules need of a request's head, collected in one pass over its fields. */
export class RequestHead {
  method = "";
  target = "";
  form: TargetForm = "none";
  version = "";
  /** Only HTTP/2 has pseudo fields: HTTP/1's parser lets no name begin with a colon. */
  http2 = false;
  authority: string | undefined;
  fields = 0;
  longestField = 0;
  /** The first Host, and how many there are. */
  host: string | undefined;
  hosts = 0;
  contentLength: string | undefined;
  contentLengths = 0;
  transferCoding: string | undefined;
  transferCodings = 0;
  contentTypes = 0;
  /** Bytes of all Connection fields. */
  connectionBytes = 0;
  expectation: string | undefined;
  /** A name that some programs take for a trusted one: CGI reads X_Forwarded_For as X-Forwarded-For. */
  shadow: string | undefined;

  /** Replaces what the last request left here. */
  read({ method = "", url = "", httpVersion, rawHeaders }: ParsedRequest): void {
    this.begin(method, url, httpVersion);
    for (let index = 0; index < rawHeaders.length; index += 2) {
      this.take(rawHeaders[index] ?? "", rawHeaders[index + 1] ?? "");
    }
  }

  /** The same for a parser that reads the fields itself, and gives each one to `take`. */
  begin(method: string, target: string, version: string): void {
    this.method = method;
    this.target = target;
    this.form = targetForm(target);
    this.version = version;
    this.http2 = false;
    this.authority = undefined;
    this.fields = 0;
    this.longestField = 0;
    this.host = undefined;
    this.hosts = 0;
    this.contentLength = undefined;
    this.contentLengths = 0;
    this.transferCoding = undefined;
    this.transferCodings = 0;
    this.contentTypes = 0;
    this.connectionBytes = 0;
    this.expectation = undefined;
    this.shadow = undefined;
  }

  /** HTTP/1.1 for a path, with one Host, one type, no body, no expectation and no suspect name. */
  get ordinary(): boolean {
    return (
      this.version === "1.1" &&
      !this.http2 &&
      this.form === "origin" &&
      this.hosts === 1 &&
      this.contentLengths === 0 &&
      this.transferCodings === 0 &&
      this.contentTypes <= 1 &&
      this.expectation === undefined &&
      this.shadow === undefined
    );
  }

  get absolute(): AbsoluteTarget | undefined {
    return this.form === "absolute" ? absoluteTarget(this.target) : undefined;
  }

  take(name: string, value: string): void {
    const first = name.charCodeAt(0);
    if (first === COLON) {
      this.http2 = true;
      if (name === ":authority") this.authority = value;
      return;
    }
    this.fields++;
    const bytes = name.length + value.length;
    if (bytes > this.longestField) this.longestField = bytes;
    this.#takeRouting(first | LOWER, name, value);
    if (SHADOW_LENGTHS[name.length] === 1 && name.indexOf("_") > 0 && shadows(name)) {
      this.shadow = name;
    }
  }

  /** First letter and length exclude nearly every name without reading the rest. */
  #takeRouting(first: number, name: string, value: string): void {
    const { length } = name;
    if (first === H && length === 4) {
      if (name.toLowerCase() === "host" && this.hosts++ === 0) this.host = value;
    } else if (first === E && length === 6) {
      if (name.toLowerCase() === "expect") this.expectation = value;
    } else if (first === C && length === 10) {
      if (name.toLowerCase() === "connection") this.connectionBytes += value.length;
    } else if (first === C && length === 12) {
      if (name.toLowerCase() === "content-type") this.contentTypes++;
    } else if (first === C && length === 14) {
      if (name.toLowerCase() === "content-length" && this.contentLengths++ === 0) {
        this.contentLength = value;
      }
    } else if (first === T && length === 17) {
      if (name.toLowerCase() === "transfer-encoding" && this.transferCodings++ === 0) {
        this.transferCoding = value;
      }
    }
  }
}

/** The lengths of the names that can be shadowed: they exclude most other names at once. */
const SHADOW_LENGTHS = new Uint8Array(64);
for (const name of [...FORWARDED_HEADERS, ...ROUTING_AND_FRAMING]) SHADOW_LENGTHS[name.length] = 1;

function shadows(name: string): boolean {
  const shadowed = name.toLowerCase().replaceAll("_", "-");
  return FORWARDED_HEADERS.has(shadowed) || ROUTING_AND_FRAMING.has(shadowed);
}
