import { accepted, type Case, chunked, HOST, head, last, post, refused } from "./case.ts";

const LAST_CHUNK = "0\r\n\r\n";

function counted(value: string): string {
  return post([`Content-Length:${value}`], "hello");
}

function coded(...fields: readonly string[]): string {
  return post(fields, LAST_CHUNK);
}

/** Content-Length. RFC 9110, section 8.6. */
export const CONTENT_LENGTHS: readonly Case[] = [
  refused(400, "two lengths alike", post(["Content-Length: 5", "Content-Length: 5"], "hello")),
  refused(400, "two lengths", post(["Content-Length: 5", "Content-Length: 6"], "hello!")),
  refused(400, "two lengths, one of them 0", post(["Content-Length: 0", "Content-Length: 5"], "")),
  ...(
    [
      ["a length with a plus", " +5"],
      ["a length with a minus", " -5"],
      ["a length with a space within", " 5 5"],
      ["a length in hexadecimal", " 0x5"],
      ["a length in letters", " five"],
      ["a length that is a list of equals", " 5, 5"],
      ["a length that is a list", " 5,6"],
      ["a length with a fraction", " 5.0"],
      ["a length with an exponent", " 5e0"],
      ["a length with an underscore", " 1_0"],
      ["a length in quotes", ' "5"'],
      ["an empty length", ""],
      ["a length of blanks", " \t"],
      ["a length beyond 64 bits", " 99999999999999999999999"],
      ["a length with a vertical tab", "\x0b5"],
      ["a length with a no-break space", " 5\xa0"],
      ["a length in other digits", " \xb25"],
      ["a folded length", " 5\r\n 5"],
      ["a length with NUL", " 5\0"],
    ] as const
  ).map(([name, value]) => refused(400, name, counted(value))),
  refused(413, "a length above the limit", post(["Content-Length: 2000000000"], "hello")),
  refused(
    413,
    "a length above the limit, with 100-continue",
    post(["Expect: 100-continue", "Content-Length: 2000000000"], ""),
  ),
  refused(
    417,
    "an expectation that nobody knows",
    post(["Expect: 200-ok", "Content-Length: 5"], "hello"),
  ),
  refused(
    417,
    "100-continue in a list",
    post(["Expect: 100-continue, x", "Content-Length: 5"], "hello"),
  ),
];

/** Transfer-Encoding, alone and against Content-Length. RFC 9112, sections 6.1 to 6.3. */
export const TRANSFER_CODINGS: readonly Case[] = [
  refused(400, "CL.TE", coded("Content-Length: 5", "Transfer-Encoding: chunked")),
  refused(400, "TE.CL", coded("Transfer-Encoding: chunked", "Content-Length: 5")),
  refused(
    400,
    "CL.TE with a length of 0",
    coded("Content-Length: 0", "Transfer-Encoding: chunked"),
  ),
  refused(
    400,
    "CL.TE with a request inside",
    post(
      ["Content-Length: 43", "Transfer-Encoding: chunked"],
      `${LAST_CHUNK}GET /evil HTTP/1.1\r\nX: `,
    ),
  ),
  refused(
    400,
    "an empty coding beside a length",
    post(["Transfer-Encoding:", "Content-Length: 5"], "hello"),
  ),
  refused(
    400,
    "identity beside a length",
    post(["Transfer-Encoding: identity", "Content-Length: 5"], "hello"),
  ),
  refused(
    400,
    "gzip beside a length",
    post(["Content-Length: 5", "Transfer-Encoding: gzip"], "hello"),
  ),
  refused(400, "chunked twice", coded("Transfer-Encoding: chunked", "Transfer-Encoding: chunked")),
  refused(
    400,
    "TE.TE: chunked, then identity",
    coded("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
  ),
  refused(
    400,
    "TE.TE: identity, then chunked",
    coded("Transfer-Encoding: identity", "Transfer-Encoding: chunked"),
  ),
  refused(
    400,
    "TE.TE: chunked, then nothing",
    coded("Transfer-Encoding: chunked", "Transfer-Encoding:"),
  ),
  refused(
    400,
    "TE.TE: junk, then chunked",
    coded("Transfer-Encoding: x", "transfer-encoding: chunked"),
  ),
  refused(400, "chunked, chunked", coded("Transfer-Encoding: chunked, chunked")),
  refused(400, "chunked is not the last coding", coded("Transfer-Encoding: chunked, gzip")),
  refused(400, "chunked, identity", coded("Transfer-Encoding: chunked, identity")),
  refused(400, "chunked and a comma", coded("Transfer-Encoding: chunked,")),
  refused(400, "a space before the colon", coded("Transfer-Encoding : chunked")),
  refused(400, "a vertical tab before the coding", coded("Transfer-Encoding:\x0bchunked")),
  refused(400, "a folded coding", coded("Transfer-Encoding:", " chunked")),
  refused(400, "a coding with NUL", coded("Transfer-Encoding: chunked\0")),
  refused(400, "a bare CR before the coding", coded("X: 1\rTransfer-Encoding: chunked")),
  refused(400, "a bare LF before the coding", coded("X: 1\nTransfer-Encoding: chunked")),
  refused(501, "gzip, chunked", coded("Transfer-Encoding: gzip, chunked")),
  refused(501, "gzip", coded("Transfer-Encoding: gzip")),
  refused(501, "identity", coded("Transfer-Encoding: identity")),
  refused(501, "a coding that nobody knows", coded("Transfer-Encoding: xchunked")),
  refused(501, "chunked in quotes", coded('Transfer-Encoding: "chunked"')),
  refused(501, "chunked with a parameter", coded("Transfer-Encoding: chunked;q=1")),
  refused(501, "a comma and chunked", coded("Transfer-Encoding: ,chunked")),
  refused(400, "no coding at all", coded("Transfer-Encoding:")),
  refused(
    400,
    "chunked in HTTP/1.0",
    head("POST / HTTP/1.0", HOST, "Transfer-Encoding: chunked") + LAST_CHUNK,
  ),
  refused(
    400,
    "chunked in HTTP/1.0, kept alive",
    head("POST / HTTP/1.0", HOST, "Connection: keep-alive", "Transfer-Encoding: chunked") +
      LAST_CHUNK,
  ),
];

/** Chunks. RFC 9112, section 7.1. */
export const CHUNKS: readonly Case[] = [
  ...(
    [
      ["a bare LF after the size", "5\nhello\r\n0\r\n\r\n"],
      ["a bare CR after the size", "5\rhello\r\n0\r\n\r\n"],
      ["a bare LF after the data", "5\r\nhello\n0\r\n\r\n"],
      ["bare LFs at the end", "0\n\n"],
      ["a bare LF at the end", "0\r\n\n"],
      ["a bare LF after an extension", "5;x\nhello\r\n0\r\n\r\n"],
      ["a bare CR after an extension", "5;x\rhello\r\n0\r\n\r\n"],
      ["CR LF in a quoted extension", '5;x="a\r\nb"\r\nhello\r\n0\r\n\r\n'],
      ["a bare LF in a quoted extension", '5;x="a\nb"\r\nhello\r\n0\r\n\r\n'],
      ["an extension without a name", "5;\r\nhello\r\n0\r\n\r\n"],
      ["a space after the size", "5 \r\nhello\r\n0\r\n\r\n"],
      ["a space before the size", " 5\r\nhello\r\n0\r\n\r\n"],
      ["a size with 0x", "0x5\r\nhello\r\n0\r\n\r\n"],
      ["a size with a plus", "+5\r\nhello\r\n0\r\n\r\n"],
      ["a size with a minus", "-5\r\nhello\r\n0\r\n\r\n"],
      ["a size with an underscore", "0_5\r\nhello\r\n0\r\n\r\n"],
      ["a size with NUL", "5\0\r\nhello\r\n0\r\n\r\n"],
      ["a size in other letters", "g\r\nhello\r\n0\r\n\r\n"],
      ["no size", "\r\nhello\r\n0\r\n\r\n"],
      ["a size beyond 64 bits", "FFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n"],
      ["a size that wraps around to 5", "10000000000000005\r\nhello\r\n0\r\n\r\n"],
      ["more data than the size", "5\r\nhello!\r\n0\r\n\r\n"],
      ["less data than the size", "6\r\nhello\r\n0\r\n\r\n"],
      ["Host in the trailers", "0\r\nHost: b.example\r\n\r\n"],
      ["Content-Length in the trailers", "0\r\nContent-Length: 5\r\n\r\n"],
      ["Transfer-Encoding in the trailers", "0\r\nTransfer-Encoding: chunked\r\n\r\n"],
      ["Connection in the trailers", "0\r\nConnection: close\r\n\r\n"],
      ["Upgrade in the trailers", "0\r\nUpgrade: x\r\n\r\n"],
      ["X-Forwarded-For in the trailers", "0\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n"],
      ["X_Forwarded_For in the trailers", "0\r\nX_Forwarded_For: 6.6.6.6\r\n\r\n"],
      ["content_length in the trailers", "0\r\ncontent_length: 5\r\n\r\n"],
      ["Cookie in the trailers", "0\r\nX: 1\r\nCookie: a=1\r\n\r\n"],
      ["a folded trailer", "0\r\nX: 1\r\n 2\r\n\r\n"],
      ["a bare LF after a trailer", "0\r\nX: 1\n\r\n"],
      ["a space before a trailer's colon", "0\r\nX : 1\r\n\r\n"],
    ] as const
  ).map(([name, body]) => refused(400, name, chunked(body))),
  refused(413, "endless extensions", chunked(`5;${"x".repeat(20_000)}\r\nhello\r\n0\r\n\r\n`)),
  refused(431, "200 trailers", chunked(`0\r\n${"X: 1\r\n".repeat(200)}\r\n`)),
  refused(431, "a trailer above the limit", chunked(`0\r\nX: ${"a".repeat(12_000)}\r\n\r\n`)),
  refused(431, "endless trailers", chunked(`0\r\nX: ${"a".repeat(60_000)}\r\n\r\n`)),
];

/** A good request before a bad one gets its response; the bad one is the connection's last. */
export const SEQUENCES: readonly Case[] = [
  {
    ...refused(
      400,
      "a good request, then a malformed one",
      head("GET /good HTTP/1.1", HOST) + head("GET /bad HTTP/1.1", HOST, "X : 1"),
    ),
    statuses: [200, 400],
    saw: ["GET /good "],
  },
  {
    ...refused(
      400,
      "a good request, then a refused one",
      head("GET /good HTTP/1.1", HOST) + head("GET * HTTP/1.1", HOST),
    ),
    statuses: [200, 400],
    saw: ["GET /good "],
  },
  {
    ...refused(
      400,
      "a good body, then CL.TE",
      counted(" 5") + coded("Content-Length: 5", "Transfer-Encoding: chunked"),
    ),
    statuses: [200, 400],
    saw: ["POST / hello"],
  },
  last(
    "a request behind Connection: close",
    head("GET /x HTTP/1.1", HOST, "Connection: close"),
    "GET /x ",
  ),
  last("a request behind HTTP/1.0", head("GET /x HTTP/1.0", HOST), "GET /x "),
  last(
    "a request behind an upgrade that nobody takes",
    head("GET /x HTTP/1.1", HOST, "Connection: upgrade", "Upgrade: h2c"),
    "GET /x ",
  ),
  accepted(
    "three in a row",
    head("GET /a HTTP/1.1", HOST) + counted(" 5") + chunked("5\r\nhello\r\n0\r\n\r\n"),
    "GET /a ",
    "POST / hello",
    "POST / hello",
  ),
];
