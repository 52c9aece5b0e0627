import { CONFIG_EXIT_CODE } from "@gatehouse/settings";
import { lastLine } from "../command.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../problem.ts";
import { type Container, condition } from "./containers.ts";

/** A failure that can be recognised by a line of output, and the message for it. */
interface Sign {
  readonly line: RegExp;
  /** The services in whose output it means that; default: all, and the engine. */
  readonly services?: readonly string[];
  readonly message: (found: RegExpExecArray) => string;
  readonly exitCode?: number;
}

/** After the way that keeps the data. */
const ANEW = "if nothing in it is worth keeping, begin anew with make down VOLUMES=1";

const NO_IMAGE: Omit<Sign, "line"> = {
  message: ([, name]) =>
    `the image registry does not provide ${name ?? "the base images"}: ` +
    "check the network, or remove the ..._IMAGE lines from .env to have make up choose again",
  exitCode: UNAVAILABLE_EXIT_CODE,
};

const SIGNS: readonly Sign[] = [
  {
    line: /the database (?!db[: ])(\S{1,255}) refuses the password of user (\S{1,63})/,
    message: (found) =>
      `the database at ${found[1]} refuses the password of ${found[2]}: put the URL with the right password ` +
      "into DATABASE_URL (for migrate: DATABASE_MIGRATE_URL) once more",
  },
  {
    // An application has databases of its own, about which it says the same.
    services: ["db", "migrate"],
    line: /password authentication failed for user "gatehouse(?:_owner)?"|the database (?:db(?::\d{1,5})? )?refuses the password of user/,
    message: () =>
      "the database volume was made with another password: put that one back into " +
      `secrets/database_password; ${ANEW}`,
  },
  {
    services: ["db"],
    line: /database files are incompatible with server|initialized by PostgreSQL version/,
    message: () =>
      "the database volume was made by another major version of Postgres: set POSTGRES_IMAGE in " +
      `.env back to it; ${ANEW}`,
  },
  {
    line: /no space left on device/i,
    message: () => "the disk is full: make room with docker system prune",
  },
  {
    line: /Bind for (\S+) failed: port is already allocated|listen tcp\d? (\S+): bind: address already in use/,
    message: (found) =>
      `${found[1] ?? found[2]} is taken by another program: stop it, or change PUBLISH_HTTP_PORT or ` +
      "PUBLISH_HTTPS_PORT in .env",
  },
  {
    line: /Pool overlaps with other one|could not find an available.{0,80}address pool/,
    message: () =>
      "the engine has no free addresses for another network: remove unused ones with docker network prune",
  },
  { line: /failed to resolve source metadata for (\S+?):? /, ...NO_IMAGE },
  { line: /pull access denied for ([^\s,]+)/, ...NO_IMAGE },
  { line: /lookup (?:\S+ on )?\S+: no such host/, ...NO_IMAGE },
];

/**
 * The problem that some output is a sign of; undefined for an unknown one.
 * @param service whose output it is; without one it is that of the engine or of Compose
 */
export function knownCause(output: string, service?: string): Problem | undefined {
  for (const { line, services, message, exitCode } of SIGNS) {
    if (services !== undefined && !services.includes(service ?? "")) continue;
    const found = line.exec(output);
    if (found !== null) return new Problem(message(found), exitCode);
  }
  return undefined;
}

/** The containers that are not healthy, the most likely cause first. */
export function culprits(containers: readonly Container[]): Container[] {
  const ended = ({ exitCode }: Container): boolean => exitCode !== undefined && exitCode !== 0;
  const unhealthy = ({ health }: Container) => health === "starting" || health === "unhealthy";
  const late = containers.filter((container) => !ended(container) && unhealthy(container));
  return [...containers.filter(ended), ...late];
}

/** The known cause of a container's failure, by its exit code and its last lines. */
export function causeOf(container: Container, log: string): Problem | undefined {
  const last = lastLine(log);
  if (container.exitCode === CONFIG_EXIT_CODE && last !== "") {
    return new Problem(`${container.service}: ${last}`, CONFIG_EXIT_CODE);
  }
  return knownCause(log, container.service);
}

/** The problem of a container whose output has no known cause: quotes its last line. */
export function unknownCause(container: Container, log: string): Problem {
  const quoted = lastMessage(log) || "it printed nothing";
  return new Problem(
    `${container.name} did not become healthy (${condition(container)}): ${quoted}`,
  );
}

/** The last line with a message. Node prints a stack and its version below an exception. */
function lastMessage(log: string): string {
  const lines = log.split("\n").filter((line) => line.trim() !== "");
  const thrown = lines.findLast((each) => /^(Uncaught )?\w*Error\b.*: /.test(each));
  const said = lines.findLast((each) => recordOf(each)?.level === "error");
  // One that quotes what was thrown says more: what was asked for, and what to do.
  const quotes = thrown !== undefined && recordOf(said ?? "")?.reason?.includes(thrown);
  const line = (quotes ? said : (thrown ?? said)) ?? lines.at(-1) ?? "";
  const record = recordOf(line);
  if (record === undefined) return line;
  // The reason is the application's own: who noticed it says less.
  return record.reason ?? [record.message, record.error].filter(Boolean).join(": ");
}

/** What a line of a service's log says, for the operator: nothing if it is about the daily business. */
export function readableLine(line: string): string[] {
  const record = recordOf(line);
  if (record === undefined) return line.trim() === "" ? [] : [line];
  if (record.level !== "error" && record.level !== "warn") return [];
  const detail = record.error ?? record.reason;
  return [detail === undefined ? (record.message ?? line) : `${record.message}: ${detail}`];
}

type LogRecord = Readonly<Partial<Record<"level" | "message" | "error" | "reason", string>>>;

/** The fields of a line that is JSON, as far as they are texts. */
function recordOf(line: string): LogRecord | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const fields = Object.entries(JSON.parse(line)).filter(
      ([, value]) => typeof value === "string",
    );
    return Object.fromEntries(fields);
  } catch {
    return undefined;
  }
}
