/** An application as people have it, before Gatehouse: its files, by their path. */
export type Application = Readonly<Record<string, string>>;

const json = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** As express-generator writes it, of 2018: CommonJS, callbacks, relative paths, pg, and a migration of its own. */
const express: Application = {
  "package.json": json({
    name: "Old_Shop",
    version: "1.4.0",
    private: true,
    scripts: { start: "node ./bin/www", migrate: "node migrate.js" },
    dependencies: { express: "4.22.3", pg: "8.23.1" },
  }),
  ".env": "PORT=3000\nDATABASE_URL=postgres://localhost/shop\nSECRET=not for an image\n",
  ".gitignore": "node_modules\n.env\n",
  "app.js": `var express = require('express');
var fs = require('fs');
var { Pool } = require('pg');
var app = express();
var pool = new Pool({ connectionString: process.env.DATABASE_URL });

app.use(express.static('public'));
app.get('/', function (req, res) {
  res.type('html').send(fs.readFileSync('views/index.html', 'utf8'));
});
app.get('/visits', function (req, res, next) {
  pool.query('insert into visits default values returning id', function (error, result) {
    if (error) return next(error);
    res.json({ visits: Number(result.rows[0].id) });
  });
});
app.get('/secret', function (req, res) {
  res.json({ secret: process.env.SECRET || null, files: fs.readdirSync('.') });
});
module.exports = app;
`,
  "bin/www": `#!/usr/bin/env node
var app = require('../app');
var http = require('http');
var server = http.createServer(app);
server.listen(parseInt(process.env.PORT || '3000', 10));
`,
  "migrate.js": `var { Client } = require('pg');
var client = new Client({ connectionString: process.env.DATABASE_URL });
client.connect()
  .then(() => client.query('create table if not exists visits (id serial primary key)'))
  .then(() => client.end());
`,
  "views/index.html": "<!doctype html><html lang=en><title>shop</title><h1>Old shop</h1></html>\n",
  "public/robots.txt": "User-agent: *\n",
};

/** ES modules, compiled by tsc to dist/. */
const fastify: Application = {
  "package.json": json({
    name: "@acme/orders-api",
    private: true,
    type: "module",
    engines: { node: ">=20" },
    scripts: {
      build: "tsc -p tsconfig.json",
      dev: "tsx watch src/server.ts",
      start: "node dist/server.js",
    },
    dependencies: { fastify: "5.12.8" },
    devDependencies: { "@types/node": "26.6.6", typescript: "6.0.3" },
  }),
  "tsconfig.json": json({
    compilerOptions: {
      ...{ target: "ES2023", module: "NodeNext", outDir: "dist", rootDir: "src", strict: true },
      ...{ types: ["node"], skipLibCheck: true },
    },
    include: ["src"],
  }),
  "src/server.ts": `import { hello } from "./hello.js";
import Fastify, { type FastifyReply } from "fastify";

enum Greeting { Hello = "Hello from Fastify" }
const app = Fastify({ logger: true });
app.get("/", async (_request, reply: FastifyReply) => reply.type("text/html").send(hello(Greeting.Hello)));
await app.listen({ port: Number(process.env.PORT ?? 3000), host: "0.0.0.0" });
`,
  "src/hello.ts": "export const hello = (words: string): string => '<h1>' + words + '</h1>';\n",
};

/** Compiled as it starts, by tsx: an enum, a parameter property, and imports without endings. */
const tsx: Application = {
  "package.json": json({
    name: "orders",
    private: true,
    type: "module",
    scripts: { dev: "tsx watch src/server.ts", start: "tsx src/server.ts" },
    dependencies: { fastify: "5.12.8" },
    devDependencies: { "@types/node": "26.6.6", tsx: "4.23.15", typescript: "6.0.3" },
  }),
  "src/server.ts": `import Fastify from "fastify";
import { Greeter } from "./greeter";

enum Greeting { Hello = "Hello from tsx" }
const app = Fastify();
app.get("/", async (_request, reply) => reply.type("text/html").send(new Greeter(Greeting.Hello).page()));
await app.listen({ port: Number(process.env.PORT ?? 3000), host: "0.0.0.0" });
`,
  "src/greeter.ts": `export class Greeter {
  constructor(private words: string) {}
  page() { return '<h1>' + this.words + '</h1>'; }
}
`,
};

/** As `nest new` writes it. */
const nest: Application = {
  "package.json": json({
    name: "cats-api",
    version: "0.0.1",
    private: true,
    license: "UNLICENSED",
    scripts: {
      build: "nest build",
      ...{ start: "nest start", "start:dev": "nest start --watch", "start:prod": "node dist/main" },
    },
    dependencies: {
      ...{ "@nestjs/common": "12.5.1", "@nestjs/core": "12.5.1" },
      ...{ "@nestjs/platform-express": "12.5.1", "reflect-metadata": "0.2.2", rxjs: "7.8.2" },
    },
    devDependencies: { "@nestjs/cli": "12.0.8", "@types/node": "26.6.6", typescript: "6.0.3" },
  }),
  "nest-cli.json": json({ collection: "@nestjs/schematics", sourceRoot: "src" }),
  "tsconfig.json": json({
    compilerOptions: {
      ...{ module: "nodenext", moduleResolution: "nodenext", target: "ES2023", outDir: "./dist" },
      ...{ rootDir: "./src", emitDecoratorMetadata: true, experimentalDecorators: true },
      ...{ types: ["node"], skipLibCheck: true, strict: true },
    },
  }),
  "tsconfig.build.json": json({
    extends: "./tsconfig.json",
    exclude: ["node_modules", "test", "dist", "**/*spec.ts"],
  }),
  "src/main.ts": `import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module';

async function bootstrap() {
  const app = await NestFactory.create(AppModule);
  await app.listen(process.env.PORT ?? 3000);
}
bootstrap();
`,
  "src/app.module.ts": `import { Controller, Get, Module } from '@nestjs/common';

@Controller()
class AppController {
  @Get()
  hello(): string {
    return '<h1>Hello from Nest</h1>';
  }
}

@Module({ controllers: [AppController] })
export class AppModule {}
`,
};

/** As create-next-app writes it, without output: "standalone". */
const next: Application = {
  "package.json": json({
    name: "my-app",
    version: "0.1.0",
    private: true,
    scripts: { dev: "next dev", build: "next build", start: "next start" },
    dependencies: { next: "16.4.6", react: "19.2.0", "react-dom": "19.2.0" },
  }),
  "next.config.mjs": "export default {};\n",
  "app/layout.jsx":
    'export default function Layout({ children }) { return <html lang="en"><body>{children}</body></html>; }\n',
  "app/page.jsx":
    "import './page.css';\nexport default function Page() { return <h1>Hello from Next</h1>; }\n",
  "app/page.css": "h1 { color: teal; }\n",
  "app/time/route.js":
    "export const dynamic = 'force-dynamic';\nexport const GET = () => Response.json({ now: Date.now() });\n",
};

/** As create-react-router writes it. */
const reactRouter: Application = {
  "package.json": json({
    name: "my-react-router-app",
    private: true,
    type: "module",
    scripts: {
      ...{ build: "react-router build", dev: "react-router dev" },
      start: "react-router-serve ./build/server/index.js",
    },
    dependencies: {
      ...{ "@react-router/node": "8.4.0", "@react-router/serve": "8.4.0", "react-router": "8.4.0" },
      ...{ isbot: "5.2.3", react: "19.3.1", "react-dom": "19.3.1" },
    },
    devDependencies: { "@react-router/dev": "8.4.0", vite: "8.3.8" },
  }),
  "vite.config.js": `import { reactRouter } from "@react-router/dev/vite";
export default { plugins: [reactRouter()] };
`,
  "react-router.config.js": "export default { ssr: true };\n",
  "app/routes.js": `import { index } from "@react-router/dev/routes";
export default [index("routes/home.jsx")];
`,
  "app/root.jsx": `import { Links, Meta, Outlet, Scripts } from "react-router";
export default function App() {
  return (
    <html lang="en">
      <head><Meta /><Links /></head>
      <body><Outlet /><Scripts /></body>
    </html>
  );
}
`,
  "app/routes/home.jsx": `export const loader = () => ({ words: "Hello from React Router" });
export default function Home({ loaderData }) { return <h1>{loaderData.words}</h1>; }
`,
  "public/robots.txt": "User-agent: *\n",
};

/** The applications, by what they are written with. */
export const APPLICATIONS = {
  "Express 4 in JavaScript": express,
  "Fastify in TypeScript": fastify,
  "Fastify by tsx": tsx,
  Nest: nest,
  Next: next,
  "React Router": reactRouter,
} as const satisfies Readonly<Record<string, Application>>;
