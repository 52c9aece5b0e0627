/** The application of express-generator: it is exported, and listens in bin/www. */
const express = require("express");

const app = express();

app.use(express.json());
app.get("/", (_request, response) => {
  response.type("text").send("express-generator");
});

module.exports = app;
