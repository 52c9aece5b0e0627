/** The web server: ours, or its twin. */
export type Edge = "web" | "nginx";

/** EDGE=nginx on the command line has any suite run behind the twin. */
export function chosenEdge(): Edge {
  return process.env.EDGE === "nginx" ? "nginx" : "web";
}
