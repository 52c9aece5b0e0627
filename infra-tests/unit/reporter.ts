import type { TestEvent } from "node:test/reporters";
import { inspect } from "node:util";
import type { Notice } from "./messages.ts";

type Failed = Extract<TestEvent, { type: "test:fail" }>["data"];

const send = process.send?.bind(process);
// To the code under test, this process has no parent. This file is loaded before the first test.
delete process.send;

/** The reporter of a worker: it sends the parent what happens, and prints nothing. */
export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    const notice = noticeOf(event);
    if (notice !== undefined) send?.(notice);
    yield "";
  }
}

/** For worker.ts a file is a test too: the outermost one. */
function noticeOf({ type, data }: TestEvent): Notice | undefined {
  if (type === "test:dequeue") return { type: "begins", test: data.name };
  if (type !== "test:pass" && type !== "test:fail") return undefined;
  const failure = type === "test:fail" ? failureOf(data) : undefined;
  if (data.nesting === 0) return { type: "done", failure };
  return data.details.type === "suite" && failure === undefined
    ? undefined
    : { type: "ended", failure };
}

function failureOf({ name, file, line, nesting, details: { error } }: Failed): string | undefined {
  // The tests below it have said why.
  if (Object(error).failureType === "subtestsFailed") return undefined;
  const place = nesting === 0 ? name : `${file}:${line}\n${name}`;
  return `${place}\n${inspect(error.cause ?? error)}`;
}
