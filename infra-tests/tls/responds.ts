import { connect } from "node:http2";

/** Whether an origin responds with 200 over HTTP/2; its certificate is not checked. */
export async function responds(origin: string): Promise<boolean> {
  const session = connect(origin, { rejectUnauthorized: false });
  try {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    session.once("error", reject);
    const stream = session.request({ ":path": "/" });
    stream.once("response", (headers) => resolve(headers[":status"] === 200));
    stream.once("error", reject);
    return await promise;
  } finally {
    session.destroy();
  }
}
