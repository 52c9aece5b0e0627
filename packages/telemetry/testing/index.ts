export { SOCKET_BUFFERS } from "./socket-buffers.ts";
export { isLate, slowness, stretched } from "./stretched.ts";
