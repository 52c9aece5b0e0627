/** The web server: ours, or its twin. */
export type Edge = "web" | "nginx";

/**
 * EDGE=nginx on the command line has a suite run behind the twin. A few tests of chain/ look at our own
 * edge from inside its container, or ask what nginx does not do: they fail there.
 */
export function chosenEdge(): Edge {
  return process.env.EDGE === "nginx" ? "nginx" : "web";
}
