export { type AccessLine, CLIENT_LEFT, milliseconds, millisecondsText } from "./access-line.ts";
export { Admin, type AdminAddress, type AdminPages, type Readiness } from "./admin.ts";
export { controlPath } from "./control-path.ts";
export { ControlSocket, callVerb, type VerbResult, type Verbs } from "./control-socket.ts";
export { createLogger, type Fields, flushLogs, type Logger, type Tier } from "./logger.ts";
export { tellRefused } from "./refused-line.ts";
export { queueTime, timingEntry } from "./server-timing.ts";
export { requestId, traceparent } from "./trace.ts";
