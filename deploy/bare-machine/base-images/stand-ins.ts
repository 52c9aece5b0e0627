import { join } from "node:path";

export const K6_VERSION = "2.2.0";
/** The official image's; in Go's module proxy, with all that its page is made of in npm. */
export const MAILPIT_VERSION = "1.27.11";
const NODE_VERSION = "26.10.0";
/** The npm version of the official Node image. */
export const NPM_VERSION = "11.19.1";

/**
 * The images that can be made on this machine: their tags and bases. A name without a host would be one of Docker Hub's, and
 * if the image were gone, Compose and the builder would take a stranger's of that name. No registry is on localhost.
 */
const STAND_INS = {
  debian: { tag: "localhost/gatehouse-base/debian:trixie", base: undefined },
  node: { tag: `localhost/gatehouse-base/node:${NODE_VERSION}`, base: "debian" },
  postgres: { tag: "localhost/gatehouse-base/postgres:17", base: "debian" },
  nginx: { tag: "localhost/gatehouse-base/nginx:1.30", base: "debian" },
  redis: { tag: "localhost/gatehouse-base/valkey:8.1", base: "debian" },
  mail: { tag: `localhost/gatehouse-base/mailpit:${MAILPIT_VERSION}`, base: "node" },
  k6: { tag: `localhost/gatehouse-base/k6:${K6_VERSION}`, base: "debian" },
  playwright: { tag: "localhost/gatehouse-base/playwright:1.65.1", base: "node" },
  prometheus: { tag: "localhost/gatehouse-base/prometheus:2.53", base: "debian" },
  alertmanager: { tag: "localhost/gatehouse-base/alertmanager:0.28", base: "debian" },
} as const;

export type StandInName = keyof typeof STAND_INS;

export const STAND_IN_NAMES = Object.keys(STAND_INS) as readonly StandInName[];

export function standInTag(name: StandInName): string {
  return STAND_INS[name].tag;
}

const HOST = "localhost/";

/** The name that a stand-in had before it had a host; images and lines of .env from then are still there. */
export function formerTag(name: StandInName): string {
  return standInTag(name).slice(HOST.length);
}

/** The stand-in that has this name now, or had it once; undefined if none has. */
export function standInOf(image: string): StandInName | undefined {
  return STAND_IN_NAMES.find((name) => [standInTag(name), formerTag(name)].includes(image));
}

/** The stand-in that another one is built on; undefined for the first. */
export function baseOf(name: StandInName): StandInName | undefined {
  return STAND_INS[name].base;
}

/** These stand-ins and all that they are built on, each base before what is built on it. */
export function withBases(names: readonly StandInName[]): StandInName[] {
  const chain = (name: StandInName): StandInName[] => {
    const base = baseOf(name);
    return base === undefined ? [name] : [...chain(base), name];
  };
  return [...new Set(names.flatMap(chain))];
}

/** The folder with a stand-in's Dockerfile. */
export function contextOf(name: StandInName): string {
  return join(import.meta.dirname, name);
}
