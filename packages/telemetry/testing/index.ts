export { Collector, type ReceivedSpan, spansOf } from "./collector.ts";
export { SOCKET_BUFFERS } from "./socket-buffers.ts";
export { isLate, slowness, stretched } from "./stretched.ts";
export { causeLines, statuses, UnreadPipe } from "./unread-pipe.ts";
