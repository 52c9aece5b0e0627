/** Socket.IO on the server of Express, with its default transports: polling, then WebSocket. */
import { createServer } from "node:http";
import express from "express";
import { Server } from "socket.io";

const app = express();
const server = createServer(app);
const io = new Server(server);

io.on("connection", (socket) => {
  socket.emit("hello", process.pid);
  socket.on("echo", (message: unknown, reply: (message: unknown) => void) => reply(message));
});

app.get("/", (_request, response) => {
  response.type("text").send("Socket.IO");
});

server.listen(process.env.PORT ?? 3000, () => {
  // Set when it listens, as many do: it runs when the worker has drained.
  process.on("SIGTERM", () => io.close(() => console.error("Socket.IO is closed")));
});
