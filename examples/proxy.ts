/** Express with http-proxy-middleware in front of another service, WebSockets included. */
import express from "express";
import { createProxyMiddleware } from "http-proxy-middleware";

const target = process.env.BACKEND ?? "http://127.0.0.1:4000";
const app = express();

app.get("/", (_request, response) => {
  response.type("text").send("home");
});

// It sets its "upgrade" listener on the server behind the first request.
app.use("/backend", createProxyMiddleware({ target, ws: true, changeOrigin: true }));

app.listen(process.env.PORT ?? 3000);
