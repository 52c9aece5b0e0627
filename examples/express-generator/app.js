/** The application of express-generator: it is exported, and listens in bin/www. */
const express = require("express");

const app = express();

app.use(express.json());
app.use(express.raw({ type: "application/octet-stream", limit: "10mb" }));

app.get("/", (_request, response) => {
  response.send("<h1>Hello world, from express-generator</h1>");
});

app.get("/json", (_request, response) => {
  response.json({ hello: "world" });
});

app.post("/greet", (request, response) => {
  response.json({ hello: request.body.name });
});

app.post("/upload", (request, response) => {
  response.json({ bytes: request.body.length });
});

app.get("/old", (_request, response) => {
  response.redirect("/");
});

app.get("/visits", (request, response) => {
  const visits = Number(/visits=(\d+)/.exec(request.get("Cookie") ?? "")?.[1] ?? 0) + 1;
  response.cookie("visits", visits, { httpOnly: true, sameSite: "lax" }).json({ visits });
});

app.get("/throws", () => {
  throw new Error("thrown by a route");
});

module.exports = app;
