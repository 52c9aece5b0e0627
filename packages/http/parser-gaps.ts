/** What Node's parser decides before the rules could, and what follows from it. */
export interface ParserGap {
  readonly what: string;
  /** Why no rule can see it, and why it can be left so. */
  readonly why: string;
}

/** The honest list: where the rules end. The manual shows it; the corpus pins what it can. */
export const PARSER_GAPS: readonly ParserGap[] = [
  {
    what: "more than one space between method, target and version",
    why: "the parser skips them and keeps no trace; RFC 9112, 3 allows it",
  },
  {
    what: "empty lines, or a bare CR or LF, before a request line",
    why: "skipped without a trace; RFC 9112, 2.2 allows it, and nothing precedes a request but them",
  },
  {
    what: "GET / RTSP/1.0, OPTIONS * ICE/1.0",
    why: "the protocol's name is lost: answered as HTTP/1.0, and the connection closes; methods that only RTSP has are 505",
  },
  {
    what: "an unknown method is 400, not 501",
    why: "one code stands for it and for bytes that are no HTTP at all",
  },
  {
    what: "a request line above all limits together is 431, not 414",
    why: "the parser counts the whole head, and gives up before it knows the target",
  },
  {
    what: "a space before a chunk extension's semicolon is 400",
    why: "the parser is stricter than RFC 9112, 7.1.1, which has recipients tolerate it",
  },
  {
    what: "the size of a chunk, up to 64 bits",
    why: "never told; the limit counts the bytes of a body as they come, and the rate bounds the wait",
  },
  {
    what: "a malformed body is found after its head was let in",
    why: "the application may have begun; it never reads the end of that body, but an error",
  },
  {
    what: "what follows a request with Upgrade, if nobody upgrades",
    why: "Node drops the rest of that packet, so that the answer closes the connection",
  },
  {
    what: "HTTP/2: pseudo fields, connection fields, user-info in :authority, a body that is not its Content-Length",
    why: "nghttp2 ends the stream with PROTOCOL_ERROR (RFC 9113, 8.1.1): no status, no log line",
  },
];
