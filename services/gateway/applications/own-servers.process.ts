import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { startGateway, startGatewayIn, verb, writeModules } from "../testing/gateway-process.ts";
import { TWO_SERVERS } from "../testing/own-servers.ts";

test("what an entry chose as its port leads to the gateway, on its own host alone; another server of it really opens", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `
      import { once } from "node:events";
      import { createServer } from "node:http";
      const beside = createServer((request, response) => response.end("beside"));
      const server = createServer(async (request, response) => {
        if (!beside.listening) await once(beside, "listening");
        const { address, port } = server.address();
        response.end(JSON.stringify({ listening: server.listening, port, beside: beside.address().port }));
      });
      server.listen(64999, "127.0.0.1", () => {
        console.error("listens now");
        beside.listen(0, "127.0.0.1");
      });`,
  });
  // It cannot respond to a probe before its other server has a port.
  const flags = ["--workers=1", "--health-path=off"];
  const gateway = startGateway(t, `${folder}/app.mjs`, ...flags);
  const seen = await (await fetch(await gateway.ready())).json();
  const { listening, port, beside } = seen as Record<string, number>;
  assert.deepEqual([listening, port, gateway.stderr], [true, 64999, "listens now\n"]);
  const own = await fetch("http://127.0.0.1:64999");
  assert.ok(own.headers.get("x-request-id"));
  assert.deepEqual(await own.json(), seen);
  assert.equal(await (await fetch(`http://127.0.0.1:${beside}`)).text(), "beside");
});

test("of several servers, none on PORT, the error names both", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `${TWO_SERVERS} metrics.listen(64998); site.listen("64999", "127.0.0.1");`,
  });
  const gateway = startGatewayIn({ PORT: "1234" }, t, `${folder}/app.mjs`, "--workers=1");
  const { reason } = await gateway.line(({ message }) => message === "worker died");
  assert.match(String(reason), /it listens on port 64998 and on port 64999, and PORT is 1234/);
});

test("a single server is the site on any port and with TLS", async (t) => {
  const sources = [
    `site.listen(0);`,
    `site.listen();`,
    `import { createServer as secure } from "node:https";
     secure({}, (request, response) => response.end("site")).listen(64443);`,
  ];
  for (const source of sources) {
    const folder = await writeModules(t, { "app.mjs": TWO_SERVERS + source });
    const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
    assert.equal(await (await fetch(await gateway.ready())).text(), "site", source);
  }
});

test("a program that looks for a free port finds PORT free, in every worker", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `${TWO_SERVERS}
      import { once } from "node:events";
      import { createServer as tcp } from "node:net";
      const probe = tcp().listen(Number(PORT));
      await once(probe, "listening");
      probe.close();
      await once(probe, "close");
      const other = tcp().listen(0, "127.0.0.1");
      await once(other, "listening");
      other.close();
      site.listen(PORT);`,
  });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=2");
  const url = await gateway.ready(2);
  assert.equal(await (await fetch(url)).text(), "site");
  assert.equal((await verb(gateway, "scale", "3")).code, 0);
});

test("a server that is closed can listen again, and is the site again", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `${TWO_SERVERS}
      site.listen(PORT, () => site.close(() => site.listen(PORT)));`,
  });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
  assert.equal(await (await fetch(await gateway.ready())).text(), "site");
  assert.ok(
    gateway.lines.every(({ level }) => level === "info"),
    "nothing to warn of",
  );
});

test("two servers on one address are an error, as under Node", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `${TWO_SERVERS} site.listen(PORT); metrics.listen(PORT);`,
  });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
  const { reason } = await gateway.line(({ message }) => message === "worker died");
  assert.match(String(reason), /listen EADDRINUSE: address already in use :::\d+/);
});

test("PORT is the gateway's, so that a page finds its own site; a user's PORT stays", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `import { createServer } from "node:http";
      createServer(async (request, response) => {
        const own = request.url === "/inner" ? "inner" : process.env.PORT;
        const inner = request.url === "/" && (await fetch(\`http://localhost:\${own}/inner\`)).text();
        response.end(request.url === "/" ? await inner : own);
      }).listen(process.env.PORT, "0.0.0.0", () => console.error("listens"));`,
  });
  // The name "localhost" may be either address.
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=2", "--host=::");
  assert.equal(await (await fetch(await gateway.ready())).text(), "inner");
  const other = startGatewayIn({ PORT: "1234" }, t, `${folder}/app.mjs`, "--workers=1");
  assert.equal(await (await fetch(`${await other.ready()}/port`)).text(), "1234");
});

test("address() is what the application asked for, as under Node", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `${TWO_SERVERS}
      const seen = [];
      const see = (server) => () => seen.push(server.address());
      const any = says("any");
      any.listen(0, "127.0.0.1", see(any));
      site.listen(3000, "127.0.0.1", 511, see(site));
      site.removeAllListeners("request");
      site.on("request", (request, response) => response.end(JSON.stringify(seen)));`,
  });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
  const [any, site] = (await (await fetch(await gateway.ready())).json()) as AddressInfo[];
  assert.deepEqual(site, { address: "127.0.0.1", family: "IPv4", port: 3000 });
  assert.equal(await (await fetch(`http://127.0.0.1:${any?.port}`)).text(), "any");
});
