import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A key, and a certificate for 127.0.0.1 that only itself vouches for, as PKCS #12. */
function strangeIdentity(passphrase: string): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "stranger-"));
  const noise = join(folder, "noise");
  const out = join(folder, "stranger.p12");
  writeFileSync(noise, crypto.getRandomValues(new Uint8Array(64)));
  const [database, name] = [`sql:${folder}`, "stranger"];
  const nss = (program: string, parameters: string[]) =>
    execFileSync(program, ["-d", database, ...parameters], { stdio: "pipe" });
  nss("certutil", ["-N", "--empty-password"]);
  nss("certutil", [
    ...[
      "-d",
      database,
      "-S",
      "-x",
      "-n",
      name,
      "-s",
      "CN=127.0.0.1",
      "-t",
      ",,",
      "-k",
      "ec",
      "-q",
      "nistp256",
    ],
    ...["--extSAN", "ip:127.0.0.1", "-v", "1", "-z", noise],
  ]);
  nss("pk12util", ["-o", out, "-n", name, "-W", passphrase]);
  return readFileSync(out);
}

/** An HTTPS server with such an identity; the caller closes it. */
export async function strangeServer(): Promise<{ server: Server; origin: string }> {
  const passphrase = "of no worth";
  const server = createServer(
    { pfx: strangeIdentity(passphrase), passphrase },
    (_request, response) => response.end("a stranger"),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
