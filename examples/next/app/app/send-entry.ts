const AGAIN = "Something went wrong. Please try again in a few seconds.";

/** Sends an entry. @returns what is wrong with it, in words for a visitor; undefined if it was added */
export async function sendEntry(body: FormData): Promise<string | undefined> {
  try {
    const response = await fetch("/entries", { method: "POST", body, redirect: "manual" });
    if (response.type === "opaqueredirect") return undefined;
    // The web server, and Next, respond to some errors with a page.
    const isText = response.headers.get("content-type")?.startsWith("text/plain");
    if (isText) return await response.text();
    return response.status === 413 ? "That is too large." : AGAIN;
  } catch {
    return AGAIN;
  }
}
