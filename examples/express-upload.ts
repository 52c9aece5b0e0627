/** Express with express-session and multer: a visitor's count, and an upload. */
import express from "express";
import session from "express-session";
import multer from "multer";

declare module "express-session" {
  interface SessionData {
    visits: number;
  }
}

const app = express();
const upload = multer({ limits: { fileSize: 5 * 1024 * 1024 } });

// The edge and the gateway stand in front: Secure cookies follow X-Forwarded-Proto.
app.set("trust proxy", 1);
// In memory, of one worker: with several, take a store such as connect-pg-simple.
app.use(
  session({
    secret: process.env.SESSION_SECRET ?? "only for this example",
    resave: false,
    saveUninitialized: false,
    cookie: { secure: "auto", sameSite: "lax" },
  }),
);

app.get("/", (request, response) => {
  request.session.visits = (request.session.visits ?? 0) + 1;
  response.json({ visits: request.session.visits, secure: request.secure });
});

app.post("/upload", upload.single("picture"), (request, response) => {
  const { file, body } = request;
  response.json({ name: file?.originalname, bytes: file?.size, title: body.title });
});

app.listen(process.env.PORT ?? 3000);
