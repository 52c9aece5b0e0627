import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** What a worker writes on a connection that it takes. */
const TAKEN = "\n";

/** A worker did not take a connection, so that nothing was sent to it. */
export class NotTaken extends Error {
  override readonly name = "NotTaken";
  /** Whether it was too busy; otherwise it is gone. */
  readonly late: boolean;

  constructor(message: string, late: boolean) {
    super(message);
    this.late = late;
  }
}

export function socketPath(folder: string, worker: number): string {
  return `${folder}/${worker}.sock`;
}

/** Takes the connections of other workers. @throws the listening error */
export async function listenForWorkers(
  path: string,
  accept: (socket: Socket) => void,
): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => socket.destroy());
    socket.write(TAKEN);
    accept(socket);
  });
  // It keeps no process alive: a worker sees by that whether its application could still listen.
  server.unref();
  // Exclusive: otherwise node:cluster would have the primary listen.
  await once(server.listen({ path, exclusive: true }), "listening");
  return server;
}

/**
 * Connects to another worker, and resolves when that has taken the connection: the kernel connects
 * also to one that is stuck, or ends.
 * @param timeout milliseconds
 * @throws NotTaken
 */
export function connectToWorker(path: string, timeout: number): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect({ path, allowHalfOpen: true });
  const fail = (message: string, late: boolean) => {
    clearTimeout(timer);
    socket.destroy();
    reject(new NotTaken(message, late));
  };
  const failed = ({ message }: Error) => fail(message, false);
  const closed = () => fail("it closed the connection", false);
  const timer = setTimeout(() => fail("it did not take the connection in time", true), timeout);
  socket
    .on("error", failed)
    .once("end", closed)
    .once("close", closed)
    .once("data", () => {
      clearTimeout(timer);
      socket.off("end", closed).off("close", closed).off("error", failed);
      // Until its user has listeners of its own.
      socket.on("error", () => undefined);
      resolve(socket);
    });
  return promise;
}
