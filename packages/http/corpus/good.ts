import { accepted, type Case, chunked, get, HOST, head, last, post } from "./case.ts";

const plain = "GET / ";
const hello = "POST / hello";

/** What the RFCs allow, and many a strict server refuses. */
export const GOOD: readonly Case[] = [
  accepted("a plain request", get(), plain),
  accepted(
    "an absolute target with a matching Host",
    head("GET http://a.example/x?y HTTP/1.1", HOST),
    "GET /x?y ",
  ),
  accepted(
    "an absolute target in capitals, with the default port",
    head("GET HTTP://A.EXAMPLE:80/x HTTP/1.1", HOST),
    "GET /x ",
  ),
  accepted("an absolute target without a path", head("GET http://a.example HTTP/1.1", HOST), plain),
  accepted(
    "an absolute target of https",
    head("GET https://a.example/x HTTP/1.1", HOST),
    "GET /x ",
  ),
  {
    ...accepted("OPTIONS *", head("OPTIONS * HTTP/1.1", HOST), "OPTIONS * "),
    atTheEdge: { statuses: [204, 200], saw: ["GET /marker "] },
  },
  {
    ...accepted(
      "OPTIONS of an absolute target without a path",
      head("OPTIONS http://a.example HTTP/1.1", HOST),
      "OPTIONS * ",
    ),
    atTheEdge: { statuses: [204, 200], saw: ["GET /marker "] },
  },
  accepted("OPTIONS of a path", head("OPTIONS /x HTTP/1.1", HOST), "OPTIONS /x "),
  accepted(
    "a target with every allowed character",
    head("GET /-._~%20!$&'()*+,;=:@/?/? HTTP/1.1", HOST),
    "GET /-._~%20!$&'()*+,;=:@/?/? ",
  ),
  accepted("a target with two slashes", head("GET //x HTTP/1.1", HOST), "GET //x "),
  accepted("empty lines before a request", `\r\n\r\n${get()}`, plain),
  ...(
    [
      ["a Host with sub-delims", "a!$&'()*+;=b.example"],
      ["a Host with an underscore", "my_host.example"],
      ["a Host with percent-encoding", "a%2Db.example"],
      ["a Host with a port", "a.example:8080"],
      ["a Host with an empty port", "a.example:"],
      ["a Host with a final dot", "a.example."],
      ["an IPv4 Host", "192.0.2.1:80"],
      ["an IPv6 Host", "[2001:db8::1]"],
      ["an IPv6 Host with a port", "[::ffff:192.0.2.1]:8443"],
    ] as const
  ).map(([name, value]) => accepted(name, head("GET / HTTP/1.1", `Host: ${value}`), plain)),
  last("HTTP/1.0 without Host", head("GET /x HTTP/1.0", "X: 1"), "GET /x "),
  accepted("blanks around a value", head("GET / HTTP/1.1", "Host: \t a.example \t "), plain),
  accepted("an empty value", get("X:"), plain),
  accepted("bytes above ASCII in a value", get("X: \xe9\xff"), plain),
  accepted("every character of a token in a name", get("!#$%&'*+-.^_`|~09azAZ: 1"), plain),
  accepted("an underscore in a name that shadows nothing", get("user_id: 7"), plain),
  accepted("a field twice", get("X: 1", "X: 2"), plain),
  accepted("a body of a known length", post(["Content-Length: 5"], "hello"), hello),
  accepted("a length with zeros and blanks", post(["Content-Length: \t005 "], "hello"), hello),
  accepted("a length of 0", post(["Content-Length: 0"], ""), "POST / "),
  accepted("neither length nor coding", post([], ""), "POST / "),
  accepted(
    "a body of GET",
    `${head("GET / HTTP/1.1", HOST, "Content-Length: 5")}hello`,
    "GET / hello",
  ),
  accepted("chunks", chunked("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"), hello),
  accepted(
    "chunked in capitals",
    post(["TRANSFER-ENCODING: \tChunked "], "5\r\nhello\r\n0\r\n\r\n"),
    hello,
  ),
  accepted("no chunk but the last", chunked("0\r\n\r\n"), "POST / "),
  accepted(
    "a size with zeros and capitals",
    chunked("00A\r\nhellohello\r\n000\r\n\r\n"),
    "POST / hellohello",
  ),
  accepted("chunk extensions", chunked('5;x;y=z;q="a;b"\r\nhello\r\n0;last\r\n\r\n'), hello),
  accepted("trailers", chunked("5\r\nhello\r\n0\r\nX-Checksum: 1\r\n\r\n"), hello),
  accepted(
    "a chunk that looks like a request",
    chunked("18\r\nGET /evil HTTP/1.1\r\nX: 1\r\n0\r\n\r\n"),
    "POST / GET /evil HTTP/1.1\r\nX: 1",
  ),
  accepted("100-continue", post(["Expect: 100-continue", "Content-Length: 5"], "hello"), hello),
  last(
    "HTTP/1.0 with an expectation, which it does not know",
    `${head("POST /x HTTP/1.0", HOST, "Expect: 200-ok", "Content-Length: 5")}hello`,
    "POST /x hello",
  ),
];
