import { BODY_RULES, PARSER_RULES, REQUEST_RULES, type Rule } from "@gatehouse/http";

/** Where the page lies. */
export const HTTP_RULES_PAGE = `${import.meta.dirname}/http-rules.md`;

/** What a parser decides before any rule can, and why it can be left so: Node's, in the gateway. */
const PARSER_GAPS: Readonly<Record<string, string>> = {
  "more than one space between method, target and version":
    "the parser skips them and keeps no trace; RFC 9112, 3 allows it",
  "empty lines, or a bare CR or LF, before a request line":
    "skipped without a trace; RFC 9112, 2.2 allows it, and nothing precedes a request but them",
  "GET / RTSP/1.0, OPTIONS * ICE/1.0":
    "the protocol's name is lost: they are served as HTTP/1.0, and the connection closes; methods that only RTSP has are 505",
  "an unknown method is 400, not 501":
    "the parser has one code for both an unknown method and bytes that are not HTTP",
  "a request line above all limits together is 431, not 414":
    "the parser counts the whole head, and stops before it knows the target",
  "a space before a chunk extension's semicolon is 400":
    "the parser is stricter than RFC 9112, 7.1.1, which has recipients tolerate it",
  "the size of a chunk, up to 64 bits":
    "the parser does not report it; the limit counts the bytes received, and the minimum rate limits the wait",
  "a malformed body is found after its head was admitted":
    "the application may have started; it reads an error instead of the end of that body",
  "what follows a request with Upgrade, if it is not upgraded":
    "it may be another protocol's, and Node drops the rest of that packet: the connection closes after the response",
  "HTTP/2: pseudo fields, connection fields, user-info in :authority, a body that is not its Content-Length":
    "nghttp2 ends the stream with PROTOCOL_ERROR (RFC 9113, 8.1.1): no status, no log line",
  "HTTP/2: a field with CR, LF, NUL or an outer space in its value, or with a name that no field may have":
    "nghttp2 drops the field, and Node offers no way to see it: the request is served without it, where RFC 9113, 8.2.1 has the stream end and HTTP/1.1 gets 400; no such byte reaches an application",
};

/** The page of what the edge and the gateway reject, made from the tables of the rules. */
export function httpRulesPage(): string {
  return [
    "# The rules of HTTP",
    "",
    "Made from the tables of `packages/http` by `npm run docs`; a test keeps it current. The edge and",
    "the gateway hold to the same rules, each with its own limits (see [settings](settings.md)).",
    "",
    "A rejected request gets one response, a line of text that names the rule (the edge: a page, or",
    "JSON), with `Connection: close` and a line in the log. Nothing that the client sent behind it on",
    "that connection gets a response or reaches the application. The close has two stages: what the client",
    "still sends is thrown away for up to two seconds, so that it can read the response. Over HTTP/2 the",
    "rejection ends the stream only.",
    "",
    "## Judged once a request's head is there",
    "",
    table(REQUEST_RULES),
    "",
    "Two decisions are ours. A comma is a sub-delim, which RFC 3986 allows in a host; here it is rejected,",
    "since `a,b` is what an intermediary makes of two Host fields. And `X_Forwarded_For` is rejected, not",
    "dropped as gunicorn does: no honest client sends it, and a request that is half trusted is worse",
    "than none. Names with underscores that shadow nothing pass.",
    "",
    "## Judged by the parsers",
    "",
    "The edge reads HTTP/1.1 with a parser of its own (`services/web/http1`), the gateway with Node's: what",
    "reaches an application has been read twice. The edge's accepts nothing that Node's strict parser reads in",
    "another way; a test compares the two on the corpora, on mutated requests and at every cut. Both give up with",
    "the same rules; Node's parser does so with a code, which the table turns into the response.",
    "",
    [
      "| what | RFC | status | Node's codes |",
      "| --- | --- | --- | --- |",
      ...Object.values(PARSER_RULES).map(
        ({ name, rfc, status, codes }) =>
          `| ${name} | ${rfc} | ${status} | ${codes.map((code) => `\`${code}\``).join(" ")} |`,
      ),
    ].join("\n"),
    "",
    "## Judged while a body comes in",
    "",
    table(Object.values(BODY_RULES)),
    "",
    "If the response has begun by then, the connection breaks off instead. The rate is measured over",
    "windows; a window in which the application left the body unread does not count. A body that stands",
    "still on purpose (streams in both directions) needs a rate of 0.",
    "",
    "## What no rule can see",
    "",
    "| what | why |",
    "| --- | --- |",
    ...Object.entries(PARSER_GAPS).map(([what, why]) => `| ${what} | ${why} |`),
    "",
    "## Which forwarded fields are used",
    "",
    "Forwarded headers of a peer that is not trusted are removed. A trusted peer's chain is followed",
    "from the nearest hop outwards up to the first address that is not trusted: that is the client. The",
    "application gets one value for each of `X-Forwarded-For`, `-Proto`, `-Host`, `-Port` and `Forwarded`",
    "(and `X-Real-IP`, if one came), which never contradict each other. The edge forwards no other name for the",
    "client's address (`CF-Connecting-IP`, `True-Client-IP`, `X-Client-IP` and the like): libraries believe them.",
    "",
    "| where headers disagree | what counts |",
    "| --- | --- |",
    "| `X-Forwarded-For` and `Forwarded` | the former; the latter alone counts only where it stands alone |",
    "| as many schemes, hosts or ports as addresses | the one of the client's hop |",
    "| any other number of them | the last, which the nearest proxy wrote |",
    "| an address that is none (`unknown`, `_hidden`) | the chain ends; the nearest proxy is the client |",
    "| a scheme other than http, https, ws, wss | the connection's own |",
    "| a host that breaks the rules of Host | the request's own Host |",
    "| a port, beside a host that names another | the host's |",
    "",
    "A proxy in front must overwrite or extend the header that it writes, and one that writes only",
    "`Forwarded` must remove a client's `X-Forwarded-For`.",
    "",
  ].join("\n");
}

function table(rules: readonly Rule[]): string {
  return [
    "| what | RFC | status |",
    "| --- | --- | --- |",
    ...rules.map(({ name, rfc, status }) => `| ${name} | ${rfc} | ${status} |`),
  ].join("\n");
}
