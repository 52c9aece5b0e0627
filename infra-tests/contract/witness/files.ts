import { mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";

/** The last change of all files: a whole second, as in Last-Modified. */
const CHANGED = new Date("2026-01-02T03:04:05Z");
const STYLE = ".words { color: rebeccapurple; }\n".repeat(400);
const LARGE = 3_000_000;

/** Writes the files that the edges serve from their disk. */
export function writeFiles(): void {
  const write = (path: string, content: string | Uint8Array) => {
    writeFileSync(path, content);
    utimesSync(path, CHANGED, CHANGED);
  };
  const style = "/srv/assets/style.0123456789abcdef.css";
  write(style, STYLE);
  write(`${style}.gz`, gzipSync(STYLE));
  write(`${style}.br`, brotliCompressSync(STYLE));
  write(`${style}.zst`, zstdCompressSync(STYLE));
  write("/srv/assets/script.0123456789abcdef.js", "export default 1;\n");
  write("/srv/assets/digits.0123456789abcdef.txt", "0123456789");
  write("/srv/assets/large.0123456789abcdef.bin", Buffer.alloc(LARGE, "0123456789"));
  write("/srv/assets/.hidden", "hidden\n");
  mkdirSync("/srv/assets/folder", { recursive: true });
  rmSync("/srv/assets/link.txt", { force: true });
  symlinkSync("/etc/passwd", "/srv/assets/link.txt");
  write("/srv/media/report.pdf", "0123456789 protected");
}
