import { browse } from "./journeys/browse.ts";
import { live } from "./journeys/live.ts";
import { post } from "./journeys/post.ts";
import { search } from "./journeys/search.ts";
import { signIn } from "./journeys/sign-in.ts";

/** What visitors come for, and which share of the journeys each is. */
export const journeys = {
  browse: { share: 0.6, run: browse, seconds: 1 },
  search: { share: 0.24, run: search, seconds: 1 },
  live: { share: 0.1, run: live, seconds: 5 },
  post: { share: 0.04, run: post, seconds: 1 },
  /**
   * Small on purpose. A password is hashed with 19 MiB and about 40 ms of a processor, so that
   * nobody can try a million of them; at this share it is already a third of what the site does.
   */
  signIn: { share: 0.02, run: signIn, seconds: 1 },
} as const;
