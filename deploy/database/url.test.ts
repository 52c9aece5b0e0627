import assert from "node:assert/strict";
import { test } from "node:test";
import { isDatabaseUrl, takeApart } from "./url.ts";

test("the URLs that providers hand out are allowed", () => {
  for (const url of [
    "postgres://shop:secret@db.example.net:5432/shop",
    "postgresql://shop:s%40cr%23t@db.example.net/shop?sslmode=require",
    "postgresql://neondb_owner:npg_x1@ep-a-b-123.eu-central-1.aws.neon.tech/neondb?sslmode=require&channel_binding=require",
    "postgres://shop@192.0.2.7/shop?sslmode=verify-full&sslrootcert=/etc/ssl/provider.pem",
    "postgres://shop:secret@[2001:db8::1]:6432/shop?sslmode=disable",
  ]) {
    assert.equal(isDatabaseUrl(url), true, url);
  }
});

test("a URL that no driver reads as it was meant is refused", () => {
  for (const url of [
    "mysql://shop:secret@db.example.net/shop",
    "postgres://db.example.net/shop",
    "postgres://shop:secret@db.example.net",
    "postgres://shop:secret@db.example.net/shop?sslmode=on",
    "postgres://shop:sec#ret@db.example.net/shop",
    "postgres://shop:sec/ret@db.example.net/shop",
    "postgres://shop:100%sure@db.example.net/shop",
    "shop:secret@db.example.net/shop",
  ]) {
    assert.equal(isDatabaseUrl(url), false, url);
  }
});

test("a URL is taken apart into an address without a secret, the password as it is, and the authority", () => {
  const url =
    "postgresql://shop:s%40cr%23t@db.example.net/shop?sslmode=verify-full&sslrootcert=ca.pem&channel_binding=require";
  assert.deepEqual(takeApart(url), {
    url: "postgresql://shop@db.example.net/shop?sslmode=verify-full",
    password: "s@cr#t",
    authority: "ca.pem",
  });
  assert.deepEqual(takeApart("postgres://shop@db.example.net/shop"), {
    url: "postgres://shop@db.example.net/shop",
    password: undefined,
    authority: undefined,
  });
});
