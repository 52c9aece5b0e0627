/** Numbers from 0 up to 1, the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  // Mulberry32, a public-domain generator: every bit of the seed counts.
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes and words on which parsers have disagreed. */
const TROUBLE = [
  ...'\r\n\0\t \x0b\x0c\x7f\x80\xa0\xff:;,="\\#?%_-',
  ...["\r\n", "\n\n", "\r\r\n", "\r\n ", " \r\n", "\r\n\r\n", "0\r\n\r\n", "0x", "+", "00"],
  ...["chunked", "identity", "close", "keep-alive", "HTTP/1.0", "HTTP/1.1", "HTTP/1.2"],
  ...["Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Host: b.example\r\n", "X: 1\r\n"],
];

/** Latin-1 text with a few random changes: what is cut out, repeated, moved or put in. */
export function mutated(text: string, random: () => number): string {
  let changed = text;
  const changes = 1 + Math.floor(random() * 3);
  for (let count = 0; count < changes; count++) {
    const at = Math.floor(random() * (changed.length + 1));
    const length = Math.floor(random() * (random() < 0.7 ? 3 : 40));
    const before = changed.slice(0, at);
    const piece = changed.slice(at, at + length);
    const after = changed.slice(at + length);
    const kind = random();
    if (kind < 0.25) changed = before + after;
    else if (kind < 0.4) changed = before + piece + piece + after;
    else if (kind < 0.5) changed = after + before;
    else {
      const trouble = TROUBLE[Math.floor(random() * TROUBLE.length)] ?? "";
      changed = kind < 0.75 ? before + trouble + after : before + trouble + piece + after;
    }
  }
  return changed;
}

/** The text in random pieces. */
export function pieces(text: string, random: () => number): string[] {
  const cut: string[] = [];
  const longest = random() < 0.5 ? 3 : 60;
  for (let at = 0; at < text.length; ) {
    const length = 1 + Math.floor(random() * longest);
    cut.push(text.slice(at, at + length));
    at += length;
  }
  return cut;
}
