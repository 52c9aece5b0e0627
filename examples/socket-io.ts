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
  response.send("<h1>Hello world, from Socket.IO</h1>");
});

app.get("/json", (_request, response) => {
  response.json({ hello: "world", clients: io.engine.clientsCount });
});

app.get("/old", (_request, response) => {
  response.redirect("/");
});

app.get("/throws", () => {
  throw new Error("thrown by a route");
});

server.listen(process.env.PORT ?? 3000, () => {
  // Set when it listens, as many do: it runs when the worker has drained.
  process.on("SIGTERM", () => io.close(() => console.error("Socket.IO is closed")));
});
