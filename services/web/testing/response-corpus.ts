/** One response of a replica, as bytes. */
export interface ResponseCase {
  readonly name: string;
  readonly bytes: string;
  /** The method of the request; GET where there is none. */
  readonly method?: string;
  /** Whether the replica closes the connection behind it. */
  readonly closes?: boolean;
  /** What is read of it: status, body and trailers; or that it is refused. */
  readonly reads: Reading | "refused";
}

export interface Reading {
  readonly status: number;
  readonly body: string;
  readonly interims?: readonly number[];
  readonly trailers?: readonly string[];
}

const OK = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const hello: Reading = { status: 200, body: "hello" };

/** Responses with one reading. */
export const READABLE: readonly ResponseCase[] = [
  { name: "counted", bytes: `${OK}Content-Length: 5\r\n\r\nhello`, reads: hello },
  { name: "counted, in any case", bytes: `${OK}CONTENT-length:5 \r\n\r\nhello`, reads: hello },
  {
    name: "an empty body",
    bytes: `${OK}Content-Length: 0\r\n\r\n`,
    reads: { status: 200, body: "" },
  },
  { name: "chunked", bytes: `${CHUNKED}2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n`, reads: hello },
  {
    name: "a chunk's extension",
    bytes: `${CHUNKED}5;a=b;c="d"\r\nhello\r\n0;last\r\n\r\n`,
    reads: hello,
  },
  {
    name: "sizes in hex with zeros ahead",
    bytes: `${CHUNKED}00a\r\n0123456789\r\n000\r\n\r\n`,
    reads: { status: 200, body: "0123456789" },
  },
  {
    name: "trailers",
    bytes: `${CHUNKED}5\r\nhello\r\n0\r\nX-Sum: 7\r\nX-More:\t8 \r\n\r\n`,
    reads: { ...hello, trailers: ["X-Sum", "7", "X-More", "8"] },
  },
  { name: "until the close", bytes: `${OK}\r\nhello`, closes: true, reads: hello },
  {
    name: "HTTP/1.0 until the close",
    bytes: "HTTP/1.0 200 OK\r\n\r\nhello",
    closes: true,
    reads: hello,
  },
  {
    name: "HEAD with a length",
    method: "HEAD",
    bytes: `${OK}Content-Length: 5\r\n\r\n`,
    reads: { status: 200, body: "" },
  },
  { name: "HEAD, chunked", method: "HEAD", bytes: CHUNKED, reads: { status: 200, body: "" } },
  { name: "204", bytes: "HTTP/1.1 204 No Content\r\n\r\n", reads: { status: 204, body: "" } },
  {
    name: "304 with the length that it would have",
    bytes: "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
    reads: { status: 304, body: "" },
  },
  {
    name: "interim responses ahead",
    bytes: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}Content-Length: 5\r\n\r\nhello`,
    reads: { ...hello, interims: [100, 103] },
  },
  {
    name: "no reason",
    bytes: "HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello",
    reads: hello,
  },
  {
    name: "a reason and a value beyond ASCII",
    bytes: `HTTP/1.1 200 Grün\r\nX: \xe9\r\nContent-Length: 5\r\n\r\nhello`,
    reads: hello,
  },
  {
    name: "an empty line within a body",
    bytes: `${OK}Content-Length: 8\r\n\r\n\r\n\r\nabcd`,
    reads: { status: 200, body: "\r\n\r\nabcd" },
  },
];

const refuse = (name: string, bytes: string, more: Partial<ResponseCase> = {}): ResponseCase => ({
  name,
  bytes,
  reads: "refused",
  ...more,
});
const head = (name: string, fields: string) => refuse(name, `${OK}${fields}\r\n\r\nhello`);
const chunks = (name: string, bytes: string) => refuse(name, CHUNKED + bytes);

/** Responses that can be read in two ways, or that break off. */
export const UNREADABLE: readonly ResponseCase[] = [
  refuse("no HTTP", "SSH-2.0-OpenSSH\r\n\r\n"),
  refuse("HTTP/0.9", "<html>hello\r\n\r\n"),
  refuse("HTTP/2.0", "HTTP/2.0 200 OK\r\n\r\n"),
  refuse("a lower-case version", "http/1.1 200 OK\r\n\r\n"),
  refuse("a status of two digits", "HTTP/1.1 20 OK\r\n\r\n"),
  refuse("a status of 600", "HTTP/1.1 600 No\r\n\r\n"),
  refuse("a space ahead", " HTTP/1.1 200 OK\r\n\r\n"),
  refuse("an empty line ahead", `\r\n${OK}\r\n`),
  refuse("bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", { closes: true }),
  refuse("101 without an upgrade", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
  head("both framings", "Content-Length: 5\r\nTransfer-Encoding: chunked"),
  head("both framings, the other way round", "Transfer-Encoding: chunked\r\nContent-Length: 5"),
  head("two lengths", "Content-Length: 5\r\nContent-Length: 6"),
  head("the same length twice", "Content-Length: 5\r\nContent-Length: 5"),
  head("a list of lengths", "Content-Length: 5, 5"),
  head("a signed length", "Content-Length: +5"),
  head("a negative length", "Content-Length: -5"),
  head("a length in hex", "Content-Length: 0x5"),
  head("an empty length", "Content-Length:"),
  head("a length that no number holds", "Content-Length: 99999999999999999999"),
  head("another coding", "Transfer-Encoding: gzip"),
  head("two codings", "Transfer-Encoding: gzip, chunked"),
  head("chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
  head("a hidden coding", "Transfer-Encoding: \x0bchunked"),
  head("a space before the colon", "Content-Length : 5"),
  head("a folded field", "X: 1\r\n Content-Length: 5"),
  head("a bare carriage return", "X: 1\rContent-Length: 5"),
  head("a bare line feed", "X: 1\nContent-Length: 5"),
  head("a NUL", "X: \0"),
  head("no colon", "Nonsense"),
  head("no name", ": 5"),
  refuse("chunked in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
  chunks("a size that is no number", "x\r\n"),
  chunks("an empty size", "\r\nhello\r\n0\r\n\r\n"),
  chunks("a negative size", "-1\r\n"),
  chunks("a size with 0x", "0x5\r\nhello\r\n0\r\n\r\n"),
  chunks("a space before a size", " 5\r\nhello\r\n0\r\n\r\n"),
  chunks("a space behind a size", "5 \r\nhello\r\n0\r\n\r\n"),
  chunks("a size beyond all", "fffffffffffffffff\r\n"),
  chunks("a chunk longer than its size", "5\r\nhello!\r\n0\r\n\r\n"),
  chunks("a size line that ends in a line feed", "5\nhello\r\n0\r\n\r\n"),
  chunks("a chunk that ends in a line feed", "5\r\nhello\n0\r\n\r\n"),
  chunks("an endless size line", `5;${"a".repeat(300)}`),
  chunks("a malformed trailer", "0\r\nX : 1\r\n\r\n"),
  chunks("a length in the trailers", "5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n"),
  chunks("an endless trailer", `0\r\nX: ${"a".repeat(40_000)}`),
  refuse("an endless head", `${OK}X: ${"a".repeat(40_000)}`),
  refuse("a head that is too long", `${OK}X: ${"a".repeat(40_000)}\r\n\r\n`),
  refuse("a close within a head", `${OK}Content-`, { closes: true }),
  refuse("a close within a counted body", `${OK}Content-Length: 5\r\n\r\nhell`, { closes: true }),
  refuse("a close within chunks", `${CHUNKED}5\r\nhello\r\n`, { closes: true }),
  refuse("a close instead of a response", "", { closes: true }),
  refuse("a close behind interim responses", "HTTP/1.1 103 Early Hints\r\n\r\n", { closes: true }),
];

const NEXT = `${OK}Content-Length: 5\r\n\r\nother`;

/** Complete responses with bytes behind them, which belong to no request. */
export const FOLLOWED: readonly ResponseCase[] = [
  refuse("a second response behind a counted one", `${OK}Content-Length: 5\r\n\r\nhello${NEXT}`),
  refuse("a byte behind a counted one", `${OK}Content-Length: 5\r\n\r\nhello!`),
  refuse("a second response behind a chunked one", `${CHUNKED}5\r\nhello\r\n0\r\n\r\n${NEXT}`),
  refuse("a body behind 204", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"),
  refuse("a body behind 304", "HTTP/1.1 304 Not Modified\r\n\r\nhello"),
  refuse("a body behind HEAD", `${OK}Content-Length: 5\r\n\r\nhello`, { method: "HEAD" }),
];
