import { connect } from "node:net";

const END_OF_HEAD = Buffer.from("\r\n\r\n");

/**
 * Sends `requests` times the same head over kept connections, each waiting for its answer.
 * Answers must have a Content-Length.
 */
export async function load(
  port: number,
  head: string,
  connections: number,
  requests: number,
): Promise<void> {
  let left = requests;
  const drive = () =>
    new Promise<void>((done, failed) => {
      const socket = connect(port, "127.0.0.1");
      let missing = 0;
      const next = () => {
        if (left-- > 0) socket.write(head);
        else socket.destroy();
      };
      socket.on("connect", next).on("error", failed).on("close", done);
      socket.on("data", (chunk: Buffer) => {
        if (missing === 0) {
          const end = chunk.indexOf(END_OF_HEAD) + END_OF_HEAD.length;
          const length = /content-length: (\d+)/i.exec(chunk.toString("latin1", 0, end))?.[1];
          missing = end + Number(length);
        }
        missing -= chunk.length;
        if (missing === 0) next();
      });
    });
  await Promise.all(Array.from({ length: connections }, drive));
}
