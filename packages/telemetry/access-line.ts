/** The status of a request whose client closed the connection before its response (nginx). */
export const CLIENT_LEFT = 499;

/** The text of spans below 1 ms, which most are: formatting a number with a point is slow. */
const BELOW_ONE = Array.from({ length: 1000 }, (_, part) => String(part / 1000));

export function millisecondsText(span: number): string {
  const microseconds = Math.round(span * 1000);
  const below = BELOW_ONE[microseconds];
  if (below !== undefined) return below;
  const whole = Math.trunc(microseconds / 1000);
  return `${whole}${(BELOW_ONE[microseconds - whole * 1000] ?? "").slice(1)}`;
}
