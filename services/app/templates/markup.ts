import type { html } from "hono/html";

/** A piece of a page, whose every inserted value has been escaped. */
export type Markup = ReturnType<typeof html>;
