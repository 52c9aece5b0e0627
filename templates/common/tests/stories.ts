import type { Stories } from "@gatehouse/testing/chain";

/** What the tests need of the site. `prepare` may fill a new one, for example with accounts. */
export default { page: "/entries" } satisfies Stories;
