import { setTimeout } from "node:timers/promises";
import { adminPage, samplesOf } from "./admin-page.ts";

/** How long the responses of the first new replica are watched before the others follow. */
const WATCH_TIME = 3_000;

/** A release is refused if more of its responses fail than this share beside that of the running one. */
const FAILURE_SHARE = 0.05;

/** Fewer failures than these say nothing. */
const FEW_FAILURES = 3;

interface Responses {
  readonly all: number;
  readonly failed: number;
}

/** What a replica has sent so far, by its gateway's own count. */
async function responsesOf(id: string): Promise<Responses> {
  const samples = samplesOf((await adminPage(id, "/metrics")) ?? "", "gateway_requests_total");
  const failed = samples.find(({ labels }) => labels.status === "5xx")?.value ?? 0;
  return { all: samples.reduce((sum, { value }) => sum + value, 0), failed };
}

/**
 * Watches the responses that a newly admitted replica sends, beside those of one that runs.
 * @returns why it is refused; undefined if it is not
 */
export async function watchResponses(
  id: string,
  old: string | undefined,
): Promise<string | undefined> {
  const none: Responses = { all: 0, failed: 0 };
  const read = async () => [await responsesOf(id), old ? await responsesOf(old) : none] as const;
  const [before, oldBefore] = await read();
  await setTimeout(WATCH_TIME);
  const [after, oldAfter] = await read();
  const own = difference(before, after);
  const running = difference(oldBefore, oldAfter);
  const bound = FAILURE_SHARE + share(running);
  if (own.failed < FEW_FAILURES || share(own) <= bound) return undefined;
  return `${own.failed} of its first ${own.all} responses had a status of 500 or more`;
}

const share = ({ all, failed }: Responses) => (all === 0 ? 0 : failed / all);

function difference(before: Responses, after: Responses): Responses {
  return { all: after.all - before.all, failed: after.failed - before.failed };
}
