import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { crc32 } from "node:zlib";
import { PNG } from "../testing/visitor.ts";
import { PictureStore } from "./picture-store.ts";

const folder = await mkdtemp(join(tmpdir(), "media-"));
after(() => rm(folder, { recursive: true }));
const store = new PictureStore(folder, 1_000_000);

/** Stands for whatever a camera, or a program, writes about a picture. */
const PLACE = "52.5163 N, 13.3777 E";
const place = Buffer.from(PLACE);
const hex = (digits: string) => Buffer.from(digits.replaceAll(" ", ""), "hex");

/** What a visitor gets of an upload. */
async function stored(content: Buffer): Promise<Buffer> {
  async function* inPieces() {
    for (let at = 0; at < content.length; at += 11) yield content.subarray(at, at + 11);
  }
  return readFile(join(folder, await store.save(inPieces())));
}

/** Exif data with a place behind a directory that has an orientation. */
const exif = (orientation: number) =>
  Buffer.concat([
    hex(`4949 2a00 08000000 0200 0f01 0200 14000000 26000000`),
    hex(`1201 0300 01000000 0${orientation}000000 00000000`),
    place,
  ]);

const segment = (code: string, ...content: (Buffer | string)[]) => {
  const data = Buffer.concat(content.map((each) => Buffer.from(each)));
  const head = hex(`ff${code} 0000`);
  head.writeUInt16BE(data.length + 2, 2);
  return Buffer.concat([head, data]);
};
const jfif = segment("e0", "JFIF\0", hex("0102 00 0001 0001 0000"));
const icc = segment("e2", "ICC_PROFILE\0", hex("0101"), "profile");
const adobe = segment("ee", "Adobe", hex("0064 0000 0000 01"));
const tables = Buffer.concat([segment("db", hex("00 01")), segment("c0", hex("08 0001 0001"))]);
/** A scan with a stuffed zero, a restart marker and a fill byte, then a second one. */
const scans = Buffer.concat([
  Buffer.concat([segment("da", hex("01 01 00")), hex("12 ff00 34 ffd0 56 ff")]),
  Buffer.concat([segment("c4", hex("00 02")), segment("da", hex("01 01 3f")), hex("78 ff00")]),
]);
const jpeg = (...parts: Buffer[]) => Buffer.concat([hex("ffd8"), ...parts, hex("ffd9")]);

/** Exif 2.32: one entry, the orientation. */
const onlyOrientation = (orientation: number) =>
  segment(
    "e1",
    "Exif\0\0MM\0*",
    hex(`00000008 0001 0112 0003 00000001 000${orientation} 0000`),
    hex("00000000"),
  );

test("a JPEG loses its place, and whatever else is not picture or colour", async () => {
  const thumbnail = segment("e0", "JFIF\0", hex("0102 00 0001 0001 0101"), place);
  const upload = jpeg(
    thumbnail,
    segment("e0", "JFXX\0", place),
    segment("e1", "Exif\0\0", exif(1)),
    segment("e1", "http://ns.adobe.com/xap/1.0/\0", place),
    icc,
    segment("e2", "MPF\0", place),
    segment("ed", "Photoshop 3.0\0", place),
    segment("fe", place),
    adobe,
    tables,
    scans,
    segment("fe", place),
  );
  const film = Buffer.concat([upload, place]);
  const expected = jpeg(jfif, icc, adobe, tables, scans);
  assert.deepEqual(await stored(film), expected);
  assert.deepEqual(await stored(expected), expected);
});

test("a JPEG that the camera held sideways stays upright, in both byte orders", async () => {
  const little = jpeg(jfif, segment("e1", "Exif\0\0", exif(6)), tables, scans);
  assert.deepEqual(await stored(little), jpeg(jfif, onlyOrientation(6), tables, scans));
  const big = jpeg(onlyOrientation(3), jfif, tables, scans);
  assert.deepEqual(await stored(big), jpeg(jfif, onlyOrientation(3), tables, scans));
});

test("Exif data that is cut off, or lies, is dropped without its orientation", async () => {
  for (const broken of [
    exif(6).subarray(0, 20),
    exif(9),
    hex("4949 2a00 ffffffff"),
    Buffer.alloc(0),
  ]) {
    const upload = jpeg(jfif, segment("e1", "Exif\0\0", broken), tables, scans);
    assert.deepEqual(await stored(upload), jpeg(jfif, tables, scans));
  }
});

const chunk = (type: string, content: Buffer) => {
  const body = Buffer.concat([Buffer.from(type), content]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
};

test("a PNG loses its place, in every kind of chunk that can hold one", async () => {
  const [header, rest] = [PNG.subarray(0, 33), PNG.subarray(33)];
  const gamma = chunk("gAMA", hex("0000b18f"));
  const metadata = ["eXIf", "tEXt", "zTXt", "iTXt", "tIME", "prVt"].map((type) =>
    chunk(type, place),
  );
  const empty = chunk("prVt", Buffer.alloc(0));
  const upload = Buffer.concat([header, gamma, ...metadata, empty, rest, place]);
  assert.deepEqual(await stored(upload), Buffer.concat([header, gamma, empty, rest]));
});

const riff = (...chunks: Buffer[]) => {
  const body = Buffer.concat([Buffer.from("WEBP"), ...chunks]);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(body.length);
  return Buffer.concat([Buffer.from("RIFF"), size, body]);
};
const webpChunk = (name: string, ...content: Buffer[]) => {
  const data = Buffer.concat(content);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(data.length);
  return Buffer.concat([Buffer.from(name), size, data, Buffer.alloc(data.length % 2)]);
};

test("a WebP loses its place, also between the pictures of an animation", async () => {
  const extended = (flags: string) => webpChunk("VP8X", hex(`${flags} 000000 000000 000000`));
  const picture = webpChunk("VP8L", hex("2f 00 00"));
  const frame = (...chunks: Buffer[]) => webpChunk("ANMF", Buffer.alloc(16, 1), ...chunks);
  const metadata = ["EXIF", "XMP ", "PLCE"].map((name) => webpChunk(name, place));
  const upload = riff(extended("2e"), picture, frame(picture, ...metadata), ...metadata);
  const expected = riff(extended("22"), picture, frame(picture));
  assert.deepEqual(await stored(Buffer.concat([upload, place])), expected);
});

test("a GIF loses its comments and what programs add; its animation repeats as before", async () => {
  const screen = hex("474946383961 0100 0100 80 00 00 000000 ffffff");
  const repeat = Buffer.concat([hex("21ff0b"), Buffer.from("NETSCAPE2.0"), hex("03010000 00")]);
  const picture = hex("21f904 00 0a00 00 00 2c 0000 0000 0100 0100 00 02 02 4401 00");
  const block = Buffer.concat([Buffer.from([place.length]), place, hex("00")]);
  const comment = Buffer.concat([hex("21fe"), block]);
  const xmp = Buffer.concat([hex("21ff0b"), Buffer.from("XMP DataXMP"), block]);
  const upload = Buffer.concat([screen, comment, repeat, xmp, picture, comment, hex("3b"), place]);
  const expected = Buffer.concat([screen, repeat, picture, hex("3b")]);
  assert.deepEqual(await stored(upload), expected);
});

test("a file that does not keep the rules of its format is refused", async () => {
  const broken = [
    jpeg(jfif, hex("00"), tables),
    jpeg(hex("ffd0"), scans),
    jpeg(hex("ffe1 0001")),
    hex("ffd8 ffe0 ffff 4a46"),
    Buffer.concat([PNG.subarray(0, 8), PNG.subarray(33)]),
    Buffer.concat([PNG.subarray(0, 33), hex("ffffffff 49444154 00")]),
    riff(Buffer.concat([Buffer.from("VP8L"), hex("ff000000 00")])),
    hex("474946383961 0100 0100 00 00 00 99 3b"),
  ];
  for (const content of broken) {
    await assert.rejects(stored(content), { status: 422 }, content.toString("hex"));
  }
});
