import { mutated } from "@gatehouse/http/corpus";
import { dial, leave, pick, type Storm } from "../storm.ts";

const OK = "HTTP/1.1 200 OK\r\n";
const RESPONSES = [
  `${OK}Content-Length: 5\r\n\r\nhello`,
  `${OK}Content-Length: 100000\r\n\r\n${"x".repeat(60_000)}`,
  `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n`,
  `${OK}Cache-Control: max-age=60\r\nVary: Cookie\r\nETag: "1"\r\nContent-Length: 5\r\n\r\nhello`,
  `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}Content-Length: 0\r\n\r\n`,
  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nframes",
  `HTTP/1.1 200 OK\r\nX-Accel-Redirect: /media/none\r\nContent-Length: 5\r\n\r\nhello`,
  "HTTP/1.0 200 OK\r\n\r\nuntil the close",
  "HTTP/1.1 304 Not Modified\r\n\r\n",
];
const METHODS = ["GET", "GET", "HEAD", "POST"];

/** An application that breaks HTTP, mutated responses, and clients that leave meanwhile. */
export const brokenResponses: Storm = {
  name: "broken responses of the application",
  client: async ({ brokenEdge, broken }, random) => {
    broken.bytes = () => {
      const text = pick(RESPONSES, random);
      return random() < 0.3 ? text : mutated(text, random);
    };
    const socket = await dial(brokenEdge);
    socket.on("data", () => undefined);
    const target = `/${Math.floor(random() * 20)}`;
    const upgrade = random() < 0.2 ? "Connection: Upgrade\r\nUpgrade: websocket\r\n" : "";
    const count = 1 + Math.floor(random() * 3);
    for (let at = 0; at < count && socket.writable; at++) {
      const method = pick(METHODS, random);
      socket.write(`${method} ${target} HTTP/1.1\r\nHost: a.example\r\n${upgrade}\r\n`);
      await new Promise((soon) => setTimeout(soon, random() * 30));
    }
    await leave(socket, random);
  },
};
