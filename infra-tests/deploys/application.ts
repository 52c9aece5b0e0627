/** How the application of a release behaves. */
export type Behaviour =
  | "serves"
  | "fails requests"
  | "throws at boot"
  | "fails half the requests"
  | "is slow";

/** The path of the application's module in a clone. */
export const MODULE = "examples/release-under-test.ts";

/** Lines of a response's body; each names the release, as its header field does. */
export const LINES = 4;

/**
 * The text of an application that names its release in every part of every response, and sends back how
 * much it got: a response that is cut, mixed or lost shows.
 */
export function applicationOf(release: string, behaviour: Behaviour = "serves"): string {
  return `
const release = ${JSON.stringify(release)};
const behaviour: string = ${JSON.stringify(behaviour)};
if (behaviour === "throws at boot") throw new Error("this release has no heart");
const encoder = new TextEncoder();
const pause = (): Promise<void> => new Promise((done) => setTimeout(done, 5));
let count = 0;

export default {
  async fetch(request: Request): Promise<Response> {
    const { byteLength } = await request.arrayBuffer();
    count += 1;
    if (behaviour === "is slow") await new Promise((done) => setTimeout(done, 300));
    const status =
      behaviour === "fails requests" ||
      (behaviour === "fails half the requests" && !request.url.endsWith("/") && count % 2 === 0)
        ? 500
        : 200;
    const lines = Array.from({ length: ${LINES} }, () => \`\${release} \${byteLength}\\n\`);
    const body = new ReadableStream({
      async pull(controller) {
        const line = lines.pop();
        if (line === undefined) return controller.close();
        controller.enqueue(encoder.encode(line));
        await pause();
      },
    });
    return new Response(body, { status, headers: { "x-release": release } });
  },
};
`;
}
