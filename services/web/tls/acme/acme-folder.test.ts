import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import echo from "../../../../examples/echo.ts";
import { runEdge, startUpstream } from "../../testing/edge.ts";
import { makeCertificateFor } from "../../testing/https.ts";
import { certificateIn } from "../certificates.ts";
import { AcmeFolder } from "./acme-folder.ts";

test("a challenge is served ahead of redirects, and nothing else of the folder is", async (t) => {
  const path = await mkdtemp(join(tmpdir(), "gatehouse-acme-"));
  t.after(() => rm(path, { recursive: true }));
  const folder = new AcmeFolder(path);
  folder.prepare();
  folder.keepChallenge("token-1_A", "token-1_A.thumb");
  folder.keepAccount({
    directory: "https://a.example/",
    url: "https://a.example/1",
    key: "secret",
  });
  const own = await makeCertificateFor(t, ["127.0.0.1"]);
  const edge = await runEdge(t, await startUpstream(t, "127.0.0.2", echo, undefined), {
    https: "redirect",
    tlsCertificate: [own.certificateFile],
    tlsKey: [own.keyFile],
    acmeDomains: ["shop.example"],
    acmeFolder: path,
  });
  const ask = async (token: string) => {
    const url = `http://127.0.0.1:${edge.ports.http}/.well-known/acme-challenge/${token}`;
    const response = await fetch(url, { redirect: "manual" });
    return [response.status, await response.text()];
  };
  assert.deepEqual(await ask("token-1_A"), [200, "token-1_A.thumb"]);
  for (const token of ["token-2", "..%2faccount.json", "%2e%2e/account.json", ""]) {
    assert.equal((await ask(token))[0], 308, token);
  }
  folder.removeChallenge("token-1_A");
  assert.equal((await ask("token-1_A"))[0], 308);
});

test("a folder has one owner at a time, and the bundle is served as soon as it is there", async (t) => {
  const path = await mkdtemp(join(tmpdir(), "gatehouse-acme-"));
  t.after(() => rm(path, { recursive: true }));
  const [one, other] = [new AcmeFolder(path), new AcmeFolder(path)];
  assert.deepEqual([one.claim.acquire(), other.claim.acquire()], [true, false]);
  one.claim.release();
  assert.equal(other.claim.acquire(), true);
  const covers = (name: string) => certificateIn(one)?.covers(name);
  assert.equal(covers("shop.example"), undefined);
  const { ca, key } = await makeCertificateFor(t, ["shop.example"]);
  other.keepBundle(key, ca);
  assert.deepEqual([covers("shop.example"), covers("other.example")], [true, false]);
  other.keepBundle(key, "rubbish");
  assert.throws(() => certificateIn(one), /this is no certificate in PEM/);
});
