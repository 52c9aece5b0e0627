import { application } from "./parts.ts";

const TYPES = "It is there for the types: this is never undefined.";
const FASTER = "It only spares the comparison of most names.";
const UNDEFINED = "A comparison with undefined is false all the same.";
const HOOK = "A hook that is not defined is not run at all.";
const CERTAIN = "Where one of the two conditions holds, so does the other.";

/** Why a mutant may survive, by the key that the report prints: file, code and its replacement. */
export const REASONS: ReadonlyMap<string, string> = new Map([
  ...application.REASONS,
  [
    'deploy/checks/secrets.ts: [] -> ["Stryker was here"]',
    "A need that no check has is never unmet.",
  ],
  [
    "deploy/secrets/secrets.ts: { mode: SECRET_MODES[name] } -> {}",
    "The next line sets the mode. This closes the moment before it, in a folder that is closed to others.",
  ],
  [
    "deploy/secrets/x509.ts: true -> false",
    "Node still exports such a key, but has deprecated it (DEP0204).",
  ],
  ["deploy/secrets/x509.ts: false -> true", "Nothing exports the key: this is a second lock."],

  ['packages/http/request-head.ts: "" -> "Stryker was here!"', "read() sets it before it is used."],
  [
    "packages/http/body.ts: true -> false",
    "The parser does not use what push() returns at the end of a body.",
  ],
  [
    "packages/http/request-guard.ts: body?.refuse -> body.refuse",
    "A body that can be malformed is followed from its head on, unless its connection is closing already.",
  ],
  ['packages/http/request-target.ts: "" -> "Stryker was here!"', TYPES],
  [
    "services/web/replicas/response-head.ts: connection?.toLowerCase() -> connection?.toUpperCase()",
    "The names of a list become lower case anyway: this only spares most responses the list.",
  ],
  [
    'services/web/proxy/upstream-request.ts: "ours" -> ""',
    "Every word but those of the switch drops the field.",
  ],
  [
    "services/web/replicas/response-parser.ts: this.#handler?.interim -> this.#handler.interim",
    TYPES,
  ],
  ["services/web/replicas/response-parser.ts: this.#handler?.data -> this.#handler.data", TYPES],
  [
    "services/web/replicas/response-parser.ts: stop < 0 -> stop <= 0",
    "An empty line at the beginning of trailers has ended them before.",
  ],

  ["services/web/cache/hit-for-miss.ts: name.length === 13 -> true", FASTER],
  ["services/web/cache/hit-for-miss.ts: name.length === 7 -> true", FASTER],
  ["services/web/cache/hit-for-miss.ts: this.#source !== undefined -> true", TYPES],
  [
    'services/web/cache/key.ts: "" -> "Stryker was here!"',
    "A field that is not sent is the same constant in every key.",
  ],
  ["packages/http/conditions.ts: modified !== undefined -> true", UNDEFINED],
  ["packages/http/conditions.ts: etag !== undefined -> true", UNDEFINED],
  ['packages/http/dates.ts: "" -> "Stryker was here!"', TYPES],

  [
    "services/gateway/pool/pool.ts: { this.#step = undefined; this.#fill(); } -> {}",
    "It is a second look: #remove() has filled already, and a step whose worker has started counts for nothing.",
  ],
  [
    "services/gateway/pool/pool.ts: this.#fill(); -> ;",
    "After a step it is a second look: #remove() has filled already. Elsewhere the tests notice it.",
  ],
  [
    'services/gateway/pool/pool.ts: state === "starting" -> true',
    "Those that serve, or have served, hold nothing up.",
  ],
  ["services/gateway/primary/primary.ts: hooks.onReload?.(view) -> hooks.onReload(view)", HOOK],
  ["services/gateway/primary/primary.ts: hooks.onExit?.(view) -> hooks.onExit(view)", HOOK],
  [
    "services/gateway/primary/listener.ts: free.length === 0 -> false",
    "What is passed on while no worker is free waits in the listener instead: the first free one gets it either way.",
  ],
  [
    "services/gateway/primary/listener.ts: this.#accepted === before -> false",
    "It polls on, once for each place of the backlog: some milliseconds, at the end only.",
  ],
  ["services/gateway/primary/listener.ts: worker === undefined -> false", CERTAIN],
  ["services/gateway/primary/listener.ts: connection === undefined -> false", CERTAIN],
  [
    'services/gateway/primary/listener.ts: "error" -> ""',
    "Of a socket: Node does not poll a paused one, so it has no error yet. Of the server: primary.process.ts notices it.",
  ],
  [
    "services/gateway/pool/handover.ts: ++this.#lastId -> --this.#lastId",
    "It is unique all the same.",
  ],
  [
    "services/gateway/primary/listener.ts: this.#accepted++ -> this.#accepted--",
    "It only shows that there was another one.",
  ],
  [
    "services/gateway/primary/listener.ts: [20, 50] -> []",
    "Shorter intervals: the same with more work.",
  ],
  [
    "services/gateway/primary/listener.ts: true -> false",
    "noDelay: Nagle's algorithm shows in the time of small writes to a peer far away only.",
  ],
  [
    "services/gateway/primary/listener.ts: left > 0 -> left >= 0",
    "One more poll, of an empty backlog.",
  ],
  [
    "services/gateway/primary/listener.ts: left-- -> left++",
    "An empty backlog ends it too. The bound is for clients that never stop coming.",
  ],
  [
    "services/gateway/primary/listener.ts: Date.now() < deadline -> Date.now() <= deadline",
    "A millisecond more.",
  ],
]);
