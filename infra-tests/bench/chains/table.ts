/** A chain that is measured: who stands where, and how its versions are read. */
export interface ChainDescription {
  readonly title: string;
  /** Not measured unless it is named. */
  readonly onlyByName?: true;
  /** The pages that this chain alone has; without it: all others. */
  readonly own?: true;
}

/** In the order in which they take turns and are shown. */
export const CHAINS = {
  ours: { title: "Gatehouse" },
  twin: { title: "Gatehouse with EDGE=nginx (the twin)" },
  plain: { title: "plain nginx + our gateway" },
  pm2: { title: "nginx + PM2 + Express" },
  gunicorn: { title: "nginx + gunicorn + Django" },
  uwsgi: { title: "nginx + uWSGI + Django" },
  apache: { title: "Apache + mod_wsgi + Django (one tier)" },
  caddy: { title: "Caddy + node:cluster + Hono" },
  watt: { title: "nginx + Watt + Hono" },
  site: { title: "Gatehouse with its own application", own: true },
  slow: { title: "nginx + PM2 + Express with 2 ms of work more", onlyByName: true },
} as const satisfies Readonly<Record<string, ChainDescription>>;

export type ChainName = keyof typeof CHAINS;

/** The chains that stand on our own stack; the others are peers. */
export const OURS = ["ours", "twin", "plain", "site"] as const satisfies readonly ChainName[];

export const DEFAULT_CHAINS: readonly ChainName[] = (Object.keys(CHAINS) as ChainName[]).filter(
  (name) => !("onlyByName" in CHAINS[name]),
);

export const hasOwnPages = (name: ChainName): boolean => "own" in CHAINS[name];
