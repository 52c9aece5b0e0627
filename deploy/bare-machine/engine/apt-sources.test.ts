import assert from "node:assert/strict";
import { test } from "node:test";
import { findArchive, parseLines, parseStanzas } from "./apt-sources.ts";

const STANZAS = `# the main archive
Types: deb deb-src
# http://an.older.example/debian
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: https://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mDMEY865UxYJKwYBBAHaRw8BAQdAd7Z0srwuhlB6JKFkcf4HU4SSS
 -----END PGP PUBLIC KEY BLOCK-----

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: trixie
Components: main
`;

test("an archive is found by its suite, with its own address and key", () => {
  assert.deepEqual(findArchive(parseStanzas(STANZAS), "bookworm"), {
    uri: "http://mirror.example/debian",
    signedBy: "/usr/share/keyrings/debian-archive-keyring.gpg",
  });
});

test("a key in the entry keeps its lines", () => {
  const { signedBy = "" } = findArchive(parseStanzas(STANZAS), "bookworm-security") ?? {};
  assert.match(signedBy, /^-----BEGIN.*\n \.\n.*END PGP PUBLIC KEY BLOCK-----$/s);
});

test("a disabled entry is ignored", () => {
  assert.equal(findArchive(parseStanzas(STANZAS), "trixie"), undefined);
});

test("the one-line format is read, with options and comments", () => {
  const sources = parseLines(`
# deb http://old.example/debian bookworm main
deb-src http://mirror.example/debian bookworm main
deb [arch=amd64 signed-by=/etc/apt/keyrings/own.gpg] http://mirror.example/debian bookworm main # ours
deb http://mirror.example/tools stable tools
`);
  assert.deepEqual(findArchive(sources, "bookworm"), {
    uri: "http://mirror.example/debian",
    signedBy: "/etc/apt/keyrings/own.gpg",
  });
  assert.equal(
    findArchive(sources, "stable"),
    undefined,
    "an archive without main is not Debian's",
  );
});
