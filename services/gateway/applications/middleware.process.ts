import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { test } from "node:test";
import { SOCKET_BUFFERS } from "@gatehouse/telemetry/testing";
import { until } from "../conformance/client.ts";
import { echoed, exampleModule, startGateway, writeModules } from "../testing/gateway-process.ts";

const EXAMPLES = exampleModule(".");

/** Lets in who shows a key, tells the application who it is, and signs the response. */
const GUARD = `export default async (request, next) => {
  if (request.headers.get("x-key") !== "4711" && !request.url.includes("key=4711")) {
    return new Response("no key", { status: 401, headers: { "WWW-Authenticate": "Key" } });
  }
  request.headers.set("X-User", "ann");
  request.headers.delete("X-Key");
  const response = await next();
  const headers = new Headers(response.headers);
  headers.append("X-Seen", "guard");
  return new Response(response.body, { status: response.status, headers });
};`;

const SIGN = (name: string) => `export default async (request, next) => {
  const response = await next();
  response.headers.append("X-Seen", "${name}");
  return response;
};`;

for (const [what, app] of [
  ["a fetch application", "headers.mjs"],
  ["a Node listener", `${EXAMPLES}/echo.ts`],
] as const) {
  test(`middleware responds itself, changes what ${what} sees, and changes its response`, async (t) => {
    const folder = await writeModules(t, {
      "guard.mjs": GUARD,
      "headers.mjs": `export default {
        fetch: (request) => Response.json({ rawHeaders: [...request.headers].flat() }),
      };`,
    });
    const module = app.startsWith("/") ? app : `${folder}/${app}`;
    const gateway = startGateway(t, module, "--workers=1", `--middleware=${folder}/guard.mjs`);
    const url = await gateway.ready();
    const refused = await fetch(url);
    assert.deepEqual([refused.status, await refused.text()], [401, "no key"]);
    assert.ok(refused.headers.get("x-request-id"));
    const received = await fetch(url, { headers: { "x-key": "4711", "x-other": "o" } });
    assert.equal(received.headers.get("x-seen"), "guard");
    const { rawHeaders } = (await received.json()) as { rawHeaders: string[] };
    const names = rawHeaders.filter((_, index) => index % 2 === 0).map((n) => n.toLowerCase());
    assert.ok(names.includes("x-user") && names.includes("x-other") && !names.includes("x-key"));
  });
}

test("the first middleware is the outermost, and one that fails is a 500", async (t) => {
  const folder = await writeModules(t, {
    "a.mjs": SIGN("a"),
    "b.mjs": SIGN("b"),
    "twice.mjs": `export default async (request, next) => {
      if (!request.url.endsWith("/twice")) return next();
      await next();
      return next();
    };`,
  });
  const flags = ["a", "b", "twice"].map((name) => `--middleware=${folder}/${name}.mjs`);
  const gateway = startGateway(t, "fetch.ts", "--workers=1", ...flags);
  const url = await gateway.ready();
  assert.equal((await fetch(url)).headers.get("x-seen"), "b, a");
  assert.equal((await fetch(`${url}/throws`)).status, 500);
  assert.equal((await fetch(`${url}/twice`)).status, 500);
  await gateway.line(({ error }) => String(error).includes("middleware called next() twice"));
});

test("middleware guards upgrades too", async (t) => {
  const folder = await writeModules(t, { "guard.mjs": GUARD });
  for (const app of ["conformance/express.ts", "conformance/hono.ts"]) {
    const flags = ["--workers=1", `--middleware=${folder}/guard.mjs`];
    const gateway = startGateway(t, `${EXAMPLES}/${app}`, ...flags);
    const url = await gateway.ready();
    const headers = {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    };
    const [refused] = await once(request(`${url}/socket`, { headers }).end(), "response");
    assert.deepEqual([refused.statusCode, refused.headers["www-authenticate"]], [401, "Key"]);
    refused.resume();
    const socket = new WebSocket(`${url.replace("http", "ws")}/socket?key=4711`);
    await once(socket, "open", { signal: AbortSignal.timeout(15_000) });
    socket.close();
  }
});

test("an upgrade is refused by middleware that has called next() and then says no", async (t) => {
  const folder = await writeModules(t, {
    "after.mjs": `export default async (request, next) => {
      const response = await next();
      const refused = request.headers.has("upgrade") && !request.url.includes("key=");
      return refused ? new Response("no", { status: 403 }) : response;
    };`,
  });
  const flags = ["--workers=1", `--middleware=${folder}/after.mjs`];
  const gateway = startGateway(t, `${EXAMPLES}/conformance/hono.ts`, ...flags);
  const url = await gateway.ready();
  const headers = {
    ...{ Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13" },
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
  };
  const sent = request(`${url}/socket`, { headers }).end();
  const status = await Promise.race([
    once(sent, "response").then(([response]) => response.resume().statusCode),
    once(sent, "upgrade").then(([, socket]) => socket.destroy() && 101),
  ]);
  assert.equal(status, 403);
  const socket = new WebSocket(`${url.replace("http", "ws")}/socket?key=4711`);
  await once(socket, "open", { signal: AbortSignal.timeout(15_000) });
  socket.close();
});

test("an upgrade sees what middleware changed", async (t) => {
  const folder = await writeModules(t, {
    "guard.mjs": GUARD,
    "app.mjs": `export default {
      fetch: () => new Response(),
      websocket: {
        message: (peer) => peer.send(peer.request.headers.get("x-user")),
      },
    };`,
  });
  const flags = ["--workers=1", `--middleware=${folder}/guard.mjs`];
  const gateway = startGateway(t, `${folder}/app.mjs`, ...flags);
  const socket = new WebSocket(`${(await gateway.ready()).replace("http", "ws")}?key=4711`);
  await once(socket, "open", { signal: AbortSignal.timeout(15_000) });
  socket.send("who am I?");
  const [{ data }] = await once(socket, "message", { signal: AbortSignal.timeout(15_000) });
  assert.equal(data, "ann");
  socket.close();
});

test("the example puts its banner into HTML as it streams, and leaves the rest alone", async (t) => {
  const folder = await writeModules(t, {
    "page.mjs": `
      import { once } from "node:events";
      let go;
      export default async (request, response) => {
        if (request.url === "/go") return response.end(go());
        const type = request.url === "/text" ? "text/plain" : "text/html; charset=utf-8";
        response.writeHead(200, { "Content-Type": type, ETag: '"1"' });
        response.write("<html><bo");
        response.write("dy class='a>b'><p>one</p>");
        if (request.url === "/page") await new Promise((resolve) => (go = resolve));
        response.end("<p>two</p></body></html>");
      };`,
  });
  const flags = ["--workers=1", `--middleware=${EXAMPLES}/html-banner.ts`];
  const gateway = startGateway(t, `${folder}/page.mjs`, ...flags);
  const url = await gateway.ready();
  const page = await fetch(`${url}/page`);
  assert.equal(page.headers.get("etag"), null);
  const reader = page.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  // The page waits for /go: what stands before must have arrived by then.
  while (!text.includes("<p>one")) text += (await reader?.read())?.value;
  await fetch(`${url}/go`);
  for (let part = await reader?.read(); part?.value; part = await reader?.read())
    text += part.value;
  const note = `<div role="note">A replica of production</div>`;
  assert.equal(text, `<html><body class='a>b'>${note}<p>one</p><p>two</p></body></html>`);
  const plain = await fetch(`${url}/text`);
  assert.equal(await plain.text(), "<html><body class='a>b'><p>one</p><p>two</p></body></html>");
  assert.equal(plain.headers.get("etag"), '"1"');
});

test("a listener behind middleware waits for a client that reads slowly, and learns that it left", async (t) => {
  const folder = await writeModules(t, {
    "pass.mjs": SIGN("pass"),
    "endless.mjs": `
      let written = 0;
      let left = 0;
      export default (request, response) => {
        if (request.url === "/echoed") return response.end(JSON.stringify({ written, left }));
        const pour = () => {
          while (response.write(Buffer.alloc(65536))) written += 65536;
          written += 65536;
        };
        response.on("drain", pour).on("close", () => left++);
        pour();
      };`,
  });
  const flags = ["--workers=1", "--health-path=off", `--middleware=${folder}/pass.mjs`];
  const gateway = startGateway(t, `${folder}/endless.mjs`, ...flags);
  const url = await gateway.ready();
  const asked = request(url, { agent: false }).end();
  const [received]: IncomingMessage[] = await once(asked, "response");
  const look = async () =>
    (await echoed(`${url}/echoed`, {})) as unknown as { written: number; left: number };
  let before = -1;
  const { written } = await until(look, (now) => {
    const still = now.written === before;
    before = now.written;
    return still;
  });
  assert.ok(
    written > 0 && written < SOCKET_BUFFERS + 16 * 1024 ** 2,
    `${written} bytes for nobody`,
  );
  // Reading on, the rest flows again.
  received?.resume();
  await until(look, (now) => now.written > written + 1024 * 1024);
  received?.destroy();
  await until(look, (now) => now.left === 1, 1000);
});

test("a module that is no middleware is reported in one line", async (t) => {
  const folder = await writeModules(t, { "m.mjs": "export default {};" });
  const gateway = startGateway(t, "fetch.ts", "--workers=1", `--middleware=${folder}/m.mjs`);
  const { reason } = await gateway.line(({ message }) => message === "worker died");
  assert.match(String(reason), /m\.mjs: its default export is no function; expected middleware/);
});
