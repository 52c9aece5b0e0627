/**
 * What the edge does with requests for the application. live: forwards them. paused: has each wait
 * for up to `longest` milliseconds. maintenance: answers them with a message.
 */
export type Mode =
  | { readonly kind: "live" }
  | { readonly kind: "paused"; readonly longest: number }
  | { readonly kind: "maintenance"; readonly message: string };

export const LIVE: Mode = { kind: "live" };

/** @throws Error that says what is wrong with the words. */
export function readMode(words: string): Mode {
  const told: unknown = JSON.parse(words);
  if (typeof told !== "object" || told === null || !("kind" in told)) {
    throw new Error("expected an object with `kind`");
  }
  if (told.kind === "live") return LIVE;
  if (told.kind === "paused" && "longest" in told && typeof told.longest === "number") {
    return { kind: "paused", longest: told.longest };
  }
  if (told.kind === "maintenance" && "message" in told && typeof told.message === "string") {
    return { kind: "maintenance", message: told.message };
  }
  throw new Error("expected the kind live, paused with `longest`, or maintenance with `message`");
}
