import { readFileSync } from "node:fs";

const MEBIBYTE = 1024 ** 2;

/**
 * Bytes that this kernel at most holds between two connected TCP sockets: the largest send buffer of
 * the one and the largest receive buffer of the other (Linux: `tcp_wmem`, `tcp_rmem`; it sizes both by
 * itself, so that a reader which stands still is noticed after 2 MB now and after 36 MB then). A test
 * of backpressure sends more than that for each connection on the way. In whole MiB.
 */
export const SOCKET_BUFFERS =
  Math.ceil((largest("tcp_wmem") + largest("tcp_rmem")) / MEBIBYTE) * MEBIBYTE;

/** The last of the three numbers: least, default, largest. 16 MiB where there is no such file. */
function largest(buffer: "tcp_wmem" | "tcp_rmem"): number {
  try {
    const numbers = readFileSync(`/proc/sys/net/ipv4/${buffer}`, "utf8").trim().split(/\s+/);
    return Number(numbers[2]);
  } catch {
    return 16 * MEBIBYTE;
  }
}
