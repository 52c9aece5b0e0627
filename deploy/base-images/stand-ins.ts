import { join } from "node:path";

/** The images that can be made on this host, by the name that the command line takes. */
export const STAND_IN_NAMES = ["debian", "node", "postgres", "nginx", "k6", "playwright"] as const;
export type StandInName = (typeof STAND_IN_NAMES)[number];

/** An image that stands in for an official one where no image registry answers. */
export interface StandIn {
  readonly name: StandInName;
  readonly tag: string;
  /** The stand-in that it is built on; undefined for the first. */
  readonly base: StandInName | undefined;
  /** The variable in .env that chooses the image, and what it stands for; none for a mere base. */
  readonly replaces: { readonly variable: string; readonly official: string } | undefined;
}

export const K6_VERSION = "2.2.0";
export const NODE_VERSION = "26.10.0";
/** The npm that this Node's official image brings. */
export const NPM_VERSION = "11.19.1";

const PREFIX = "gatehouse-base";

export const STAND_INS: Readonly<Record<StandInName, StandIn>> = {
  debian: { name: "debian", tag: `${PREFIX}/debian:trixie`, base: undefined, replaces: undefined },
  node: {
    name: "node",
    tag: `${PREFIX}/node:${NODE_VERSION}`,
    base: "debian",
    replaces: { variable: "NODE_IMAGE", official: `node:${NODE_VERSION}-trixie-slim` },
  },
  postgres: {
    name: "postgres",
    tag: `${PREFIX}/postgres:17`,
    base: "debian",
    replaces: { variable: "POSTGRES_IMAGE", official: "postgres:17.6-trixie" },
  },
  nginx: {
    name: "nginx",
    tag: `${PREFIX}/nginx:1.30`,
    base: "debian",
    replaces: { variable: "NGINX_IMAGE", official: "nginx:1.30.6-trixie" },
  },
  k6: {
    name: "k6",
    tag: `${PREFIX}/k6:${K6_VERSION}`,
    base: "debian",
    replaces: { variable: "K6_IMAGE", official: `grafana/k6:${K6_VERSION}` },
  },
  playwright: {
    name: "playwright",
    tag: `${PREFIX}/playwright:1.65.1`,
    base: "node",
    replaces: {
      variable: "PLAYWRIGHT_IMAGE",
      official: "mcr.microsoft.com/playwright:v1.65.1-noble",
    },
  },
};

/** The names asked for and all that they are built on, a base before what is built on it. */
export function withBases(names: readonly StandInName[]): StandInName[] {
  const chain = (name: StandInName): StandInName[] => {
    const { base } = STAND_INS[name];
    return base === undefined ? [name] : [...chain(base), name];
  };
  return [...new Set(names.flatMap(chain))];
}

/** The folder with a stand-in's Dockerfile. */
export function contextOf(name: StandInName): string {
  return join(import.meta.dirname, name);
}
