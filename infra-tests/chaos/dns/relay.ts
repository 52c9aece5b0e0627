/** The name server of the edges: passes on to Docker's, and lies about all names while /run/dns/fault says how. */
import { createSocket } from "node:dgram";
import { readFileSync, readlinkSync } from "node:fs";

const DOCKER = "127.0.0.11";
const LATE = 1500;
/** Of a network that is in no use; RFC 5737. */
const NOWHERE = [192, 0, 2, 1];
/** RFC 1035, section 4.1.1: a response, with these codes. */
const [FOUND, NO_SUCH_NAME] = [0x8180, 0x8183];
const HEAD = 12;

type Send = (response: Buffer) => void;

const FAULTS: Readonly<Record<string, (query: Buffer, send: Send) => void>> = {
  late: (query, send) => passOn(query, (response) => setTimeout(send, LATE, response)),
  absent: (query, send) => send(responseTo(query, NO_SUCH_NAME, [])),
  nowhere: (query, send) =>
    send(responseTo(query, FOUND, [0xc0, HEAD, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...NOWHERE])),
};

function passOn(query: Buffer, send: Send): void {
  const asked = createSocket("udp4");
  const timer = setTimeout(() => asked.close(), 5000);
  asked.once("message", (response) => {
    clearTimeout(timer);
    asked.close();
    send(response);
  });
  asked.once("error", () => {});
  asked.send(query, 53, DOCKER);
}

/** Without the additional records that a query may have. */
function responseTo(query: Buffer, flags: number, answer: readonly number[]): Buffer {
  const head = Buffer.alloc(HEAD);
  head.writeUInt16BE(query.readUInt16BE(0), 0);
  for (const [at, word] of [flags, 1, answer.length > 0 ? 1 : 0].entries()) {
    head.writeUInt16BE(word, 2 + 2 * at);
  }
  const question = query.subarray(HEAD, query.indexOf(0, HEAD) + 5);
  return Buffer.concat([head, question, Buffer.from(answer)]);
}

function fault(): string {
  try {
    return readFileSync("/run/dns/fault", "utf8").trim();
  } catch {
    return "";
  }
}

const server = createSocket("udp4");
server.on("message", (query, { port, address }) => {
  const respond = FAULTS[fault()] ?? passOn;
  respond(query, (response) => server.send(response, port, address));
});
server.bind(5300, "127.0.0.1");

// As the edge does: only a restart joins the network of a holder that has started again.
const own = readlinkSync("/proc/self/ns/net");
setInterval(() => {
  const held = readFileSync("/run/edge/netns", "utf8").trim();
  if (held !== "" && held !== own) process.exit(1);
}, 250);

process.on("SIGTERM", () => process.exit());
