// Holds connections that do nothing: node idle.mjs HOST PORT COUNT. Each has had one response, as a
// browser's has. Prints "ready" when all are open, and "closed" for each that the server closes.
import { once } from "node:events";
import { connect } from "node:net";

const [host, port, count] = process.argv.slice(2);
// As of the load beside it: without it requests for one address may wait for each other.
const AUTHORIZATION = "Authorization: Basic YmVuY2g6";
const REQUEST = `GET /plain HTTP/1.1\r\nHost: ${host}:${port}\r\n${AUTHORIZATION}\r\n\r\n`;

async function open() {
  const socket = connect(Number(port), host);
  await once(socket, "connect");
  socket.write(REQUEST);
  const [head] = await once(socket, "data");
  if (!head.toString().startsWith("HTTP/1.1 200 "))
    throw new Error(head.toString().split("\r\n")[0]);
  socket.resume();
  socket.on("error", () => undefined);
  socket.once("close", () => console.log("closed"));
}

for (let opened = 0; opened < Number(count); opened += 50) {
  await Promise.all(Array.from({ length: Math.min(50, Number(count) - opened) }, open));
}
console.log("ready");
